// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Sandbox
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

  /// The loader of this machine's programs.
  /// - Throws: `GalleyError` if the program doesn't name one.
  init() throws(GalleyError) { path = try HostFiles.ofThisMachine().loader }

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
    return libraries.filter { !HostFiles.libraryNames.contains($0.name) }
  }

  /// The libraries that a file needs and the loader finds now; the rest may be found when the file is loaded, by what
  /// was loaded before. Those of the C library are left out.
  func present(for file: String) async -> [Library] {
    let text = (try? await answer(about: file))?.text ?? ""
    return text.split(separator: "\n").compactMap { Self.library(in: $0) }
      .filter { $0.path.hasPrefix("/") && !HostFiles.libraryNames.contains($0.name) }
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
    // Some programs name the loader itself, which is the machine's too.
    return name.contains("/") || name.hasPrefix("ld-") ? nil : Library(name: String(name), path: String(place))
  }
}
