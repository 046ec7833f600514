// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// Runs a trial in a process of its own, so that whatever happens to it, the sweep goes on.
public struct TrialProcess: Sendable {
  /// The program: galley itself.
  public var executable: String
  /// Arguments before the recipe: `run`, and where the pantry is.
  public var arguments: [String]

  /// Describes the process.
  public init(executable: String, arguments: [String]) {
    self.executable = executable
    self.arguments = arguments
  }

  /// How a process ended.
  enum End: Sendable, Equatable {
    case exited(Int32)
    case killed(Int32)
  }

  /// Runs the program on a recipe; its output and its messages go to files.
  /// - Parameters:
  ///   - recipe: The trial's recipe.
  ///   - base: Where the recipe's relative paths start.
  ///   - folder: The trial's folder.
  ///   - began: Told of the process once it runs.
  /// - Throws: `GalleyError` if it can't be started, `CancellationError` once it has ended after a cancellation.
  func run(
    _ recipe: String, base: String, in folder: String, began: @escaping @Sendable (Int32) throws -> Void
  ) async throws -> End {
    let output = try Self.open("\(folder)/result.json")
    let messages = try Self.open("\(folder)/messages.jsonl")
    var options = PlatformOptions()
    // Ctrl-C in a terminal is for the sweep, which ends its trial in an orderly way.
    options.processGroupID = 0
    options.teardownSequence = [.send(signal: .interrupt, allowedDurationToNextStep: .seconds(30))]
    let configuration = Configuration(
      executable: .path(FilePath(executable)),
      arguments: Arguments(arguments + [recipe, "--base", base, "--output", "\(folder)/report", "--json"]),
      platformOptions: options)
    do {
      let result = try await Subprocess.run(
        configuration, input: .none, output: .fileDescriptor(output, closeAfterSpawningProcess: true),
        error: .fileDescriptor(messages, closeAfterSpawningProcess: true)
      ) { execution in
        try began(execution.processIdentifier.value)
      }
      try Task.checkCancellation()
      switch result.terminationStatus {
      case .exited(let code): return .exited(code)
      case .signaled(let number): return .killed(number)
      }
    } catch let error as SubprocessError {
      try Task.checkCancellation()
      throw GalleyError(.unavailable, "can't start a trial", at: executable, why: "\(error)")
    }
  }

  private static func open(_ path: String) throws(GalleyError) -> FileDescriptor {
    do {
      return try FileDescriptor.open(
        FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
    } catch {
      throw GalleyError(.cantCreate, "can't keep a trial's output", at: path, why: "\(error)")
    }
  }
}
