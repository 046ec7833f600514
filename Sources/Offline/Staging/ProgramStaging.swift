// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import NativeLibraries
internal import Pantry

/// Gathers Galley's programs with every shared library that they need but the C library's, for one flat folder: the
/// programs and Swift's libraries look for others beside themselves.
struct ProgramStaging: Sendable {
  private static let names = ["galley", "galley-agent"]

  /// The program that is installed: this one, if nobody says another.
  let executable: String

  init(executable: String = NativeLibraryLocator.runningExecutable) { self.executable = executable }

  /// The tree `programs`.
  /// - Throws: `GalleyError` if a program or a library isn't there.
  func tree(_ loader: DynamicLoader, _ digests: DigestCache) async throws -> StagedTree {
    let folder = executable.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    var files: [String: String] = [:]
    for name in Self.names {
      let program = name == Self.names.first ? executable : "\(folder)/\(name)"
      guard FileManager.default.isReadableFile(atPath: program) else {
        throw GalleyError(
          .unavailable, "can't gather the programs", at: program, why: "there is no such file",
          remedy: "Build or install all of Galley: make build, or make install.")
      }
      files[name] = program
      for library in try await loader.libraries(of: program) { files[library.name] = library.path }
    }
    return try StagedTree.make(
      PantryTree.programs, .programs, files: files, executables: Set(Self.names), taking: .copying, digests: digests)
  }
}
