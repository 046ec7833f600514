// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Files
internal import Glibc
internal import WorkerProtocol

/// This machine as a target: models run in child processes, so that a crash costs one result, and peak memory and
/// libraries are each process's own.
public struct LocalTarget: Ingredient {
  /// There is nothing to choose.
  public struct Options: Codable, Sendable, Hashable {
    /// Chooses nothing.
    public init() {}
  }

  public static let card = Card(
    taxonomy: "target.local", version: SemanticVersion(1, 0, 0), summary: "The machine that Galley runs on")

  let executable: String
  let arguments: [String]
  let environment: [String: String?]
  /// Whether the program takes the name of the runtime that it is going to be asked for.
  let takesRuntime: Bool
  /// The file that reserves the machine.
  package let lockPath: String
  /// The program for runtimes that `executable` doesn't have, with its arguments; `nil` if it has them all.
  private var fallback: (executable: String, arguments: [String])?

  /// The runtimes of `galley-agent`.
  private static let agentRuntimes: Set<String> = ["onnxruntime", "openvino", "litert"]

  /// Measures with `galley-agent` beside this program if it is there, which holds nothing but what measuring needs and
  /// so starts faster and takes less memory; otherwise with this program's own `worker measure`. What `galley-agent`
  /// doesn't have, LibTorch and the runtimes of a user's own programs, is always measured by the latter.
  public init(_ options: Options = Options()) {
    let program = WorkerProcess.ownExecutable()
    let folder = program.lastIndex(of: "/").map { program[..<$0] } ?? "."
    let agent = "\(folder)/galley-agent"
    if access(agent, X_OK) == 0 {
      self.init(executable: agent, arguments: [], takesRuntime: true)
      fallback = (program, ["worker", "measure"])
    } else {
      self.init(executable: program)
    }
  }

  /// Measures with a program of your own.
  /// - Parameters:
  ///   - executable: A program that serves `AgentService` on its standard streams.
  ///   - arguments: Its arguments.
  ///   - environment: Variables that are added to those of this process; `nil` removes one.
  ///   - lockPath: The file that reserves the machine.
  ///   - takesRuntime: Whether the program takes, as its last argument, the name of the runtime that it is going to be
  ///     asked for, as `galley-agent` does.
  public init(
    executable: String, arguments: [String] = ["worker", "measure"], environment: [String: String?] = [:],
    lockPath: String = MachineLock.defaultPath, takesRuntime: Bool = false
  ) {
    self.takesRuntime = takesRuntime
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.lockPath = lockPath
  }

  /// The program that measures with a runtime, and its arguments.
  func program(for runtime: String) -> (executable: String, arguments: [String]) {
    if let fallback, !Self.agentRuntimes.contains(runtime) { return fallback }
    return (executable, arguments + (takesRuntime ? [runtime] : []))
  }
}
