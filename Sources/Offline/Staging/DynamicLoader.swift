// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Subprocess
internal import SystemPackage

/// The dynamic loader of this machine, asked which libraries a program or a library would be given.
struct DynamicLoader: Sendable {
  /// A library that the loader found.
  struct Library: Sendable, Hashable {
    /// The name by which others ask for it: `libz.so.1`.
    let name: String
    /// Where it lies.
    let path: String
  }

  /// The loader's file.
  let path: String

  /// The loader that started this program.
  /// - Throws: `GalleyError` if the system doesn't say.
  init() throws(GalleyError) {
    let maps = String(decoding: (try? Data(contentsOf: URL(filePath: "/proc/self/maps"))) ?? Data(), as: UTF8.self)
    let files = maps.split(separator: "\n").lazy.compactMap { line in
      line.firstIndex(of: "/").map { String(line[$0...]) }
    }
    guard let path = files.first(where: { Self.isLoader($0.split(separator: "/").last ?? "") }) else {
      throw GalleyError(
        .unavailable, "can't gather the programs", at: "/proc/self/maps", why: "no dynamic loader is in this process",
        remedy: "Run Galley on Linux with the GNU C library.")
    }
    self.path = path
  }

  private static func isLoader(_ name: Substring) -> Bool { name.hasPrefix("ld-") && name.contains(".so") }

  /// All libraries that a file needs, and what these need; those of the C library are left out, because every machine
  /// has its own.
  /// - Throws: `GalleyError` if the loader can't find one of them, or refuses the file.
  func libraries(of file: String) async throws -> [Library] {
    let (isRefused, text, complaint) = try await answer(about: file)
    let lines = text.split(separator: "\n")
    let libraries = lines.compactMap { Self.library(in: $0) }
    if let absent = libraries.first(where: { !$0.path.hasPrefix("/") }) {
      throw GalleyError(
        .unavailable, "can't gather what '\(file)' needs", at: file,
        why: "the dynamic loader does not find \(absent.name)",
        remedy: "Install it, or start Galley as you do when it works.")
    }
    guard !isRefused else {
      let words = complaint.split(separator: "\n").first.map(String.init)
      throw GalleyError(
        .badData, "can't gather what '\(file)' needs", at: file, why: words ?? "the dynamic loader refuses it",
        remedy: "Check that it is a program or a library of this machine.")
    }
    return libraries.filter { !CLibrary.contains($0.name) }
  }

  private func answer(about file: String) async throws -> (isRefused: Bool, text: String, complaint: String) {
    do {
      let result = try await Subprocess.run(
        .path(FilePath(path)), arguments: ["--list", file], input: .none, output: .string(limit: 1 << 20),
        error: .string(limit: 1 << 16))
      return (!result.terminationStatus.isSuccess, result.standardOutput, result.standardError)
    } catch let error as SubprocessError {
      throw GalleyError(.unavailable, "can't ask the dynamic loader", at: path, why: "\(error)")
    }
  }

  /// `libz.so.1 => /lib/libz.so.1 (0x…)`, or `libz.so.1 => not found`; `nil` for the kernel's and the loader's own lines.
  private static func library(in line: Substring) -> Library? {
    guard let arrow = line.firstRange(of: " => ") else { return nil }
    let name = line[..<arrow.lowerBound].drop { $0 == " " || $0 == "\t" }
    var place = line[arrow.upperBound...]
    if let address = place.ranges(of: " (0x").last { place = place[..<address.lowerBound] }
    return name.contains("/") ? nil : Library(name: String(name), path: String(place))
  }
}

/// The C library and its loader: with the kernel, what a machine must bring itself.
enum CLibrary {
  private static let stems: Set<Substring> = [
    "libc", "libm", "libdl", "libpthread", "librt", "libresolv", "libutil", "libmvec", "libanl", "libBrokenLocale",
    "libthread_db", "libnss_compat", "libnss_dns", "libnss_files", "libnss_hesiod",
  ]

  /// Whether a library of this name is a part of it.
  static func contains(_ name: String) -> Bool {
    name.hasPrefix("ld-") || name.hasPrefix("linux-")
      || name.firstRange(of: ".so").map { stems.contains(name[..<$0.lowerBound]) } ?? false
  }
}
