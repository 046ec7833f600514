// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Subprocess
internal import SystemPackage
internal import WorkerProtocol

/// A question to an interpreter, which it answers and ends. One that hangs is ended.
struct PythonQuestion: Sendable {
  /// How long an answer may take: reading modules from a slow disk takes seconds.
  static let patience = Duration.seconds(60)
  /// Why there is no answer, as a clause.
  static let silence = "it gave no answer within \(patience.components.seconds) seconds"

  /// What it said.
  struct Answer: Sendable {
    var isSuccess: Bool
    /// How it ended.
    var status: String
    var output: String
    /// The last line of its standard error, fit for a terminal.
    var lastError: String?
  }

  /// The interpreter's path.
  var interpreter: String
  var arguments: [String]
  /// What differs of this process's environment.
  var variables: [String: String?]
  /// Most bytes of the answer.
  var limit: Int

  /// Asks.
  /// - Returns: `nil` if it didn't answer in time.
  /// - Throws: `SubprocessError` if it doesn't start or says too much; `CancellationError`.
  func answer(within time: Duration = patience) async throws -> Answer? {
    try await withThrowingTaskGroup(of: Answer?.self) { group in
      group.addTask { try await ask() }
      group.addTask {
        try await Task.sleep(for: time)
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  private func ask() async throws -> Answer {
    let result = try await Subprocess.run(
      .path(FilePath(interpreter)), arguments: Arguments(arguments), environment: .inherit.changed(by: variables),
      input: .none, output: .string(limit: limit), error: .string(limit: 1 << 16))
    return Answer(
      isSuccess: result.terminationStatus.isSuccess, status: "\(result.terminationStatus)",
      output: result.standardOutput, lastError: result.standardError.split(separator: "\n").last?.onOneLine)
  }
}
