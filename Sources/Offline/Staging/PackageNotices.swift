// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Subprocess

/// What the system's packages say of the licences of the files that they brought.
enum PackageNotices {
  /// The copyright files of the packages that files come from, by the package's name; none where nobody can be asked.
  static func of(_ paths: [String]) async -> [String: String] {
    guard !paths.isEmpty else { return [:] }
    // A package lists a file where it put it, which may be the other name of a folder that was moved to /usr.
    let names = paths.flatMap { path in
      let real = URL(filePath: path).resolvingSymlinksInPath().path()
      return [path, real, real.hasPrefix("/usr/lib") ? String(real.dropFirst(4)) : "/usr" + real]
    }
    let result = try? await Subprocess.run(
      .name("dpkg-query"), arguments: Arguments(["--search"] + Set(names).sorted()), input: .none,
      output: .string(limit: 1 << 20), error: .discarded)
    var found: [String: String] = [:]
    for line in (result?.standardOutput ?? "").split(separator: "\n") {
      guard let package = line.split(separator: ":").first.map(String.init), !package.contains("/") else { continue }
      let file = "/usr/share/doc/\(package)/copyright"
      if FileManager.default.isReadableFile(atPath: file) { found[package] = file }
    }
    return found
  }
}
