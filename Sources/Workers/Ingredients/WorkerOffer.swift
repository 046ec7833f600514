// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
public import WorkerProtocol

/// One ingredient that a registered worker offers, with its options.
public struct WorkerOffer: Sendable, Hashable, Codable {
  /// How the worker is started.
  public var source: WorkerSource
  /// The ingredient's card.
  public var card: Card
  /// All options of the card.
  public var options: [String: ConfigurationValue]

  /// An ingredient with its options.
  public init(source: WorkerSource, card: Card, options: [String: ConfigurationValue]) {
    (self.source, self.card, self.options) = (source, card, options)
  }

  /// The parameters that every method of an ingredient has, and more.
  func parameters(_ more: [String: ConfigurationValue] = [:]) -> [String: ConfigurationValue] {
    more.merging(["taxonomy": .string(card.taxonomy), "options": .map(options)]) { $1 }
  }

  /// Asks a worker of its own one thing.
  /// - Parameter read: Takes what is needed from the answer while the worker lives.
  /// - Throws: what the worker or `read` throws; errors name the ingredient.
  func ask<Answer: Decodable & Sendable, Result: Sendable>(
    _ method: String, _ more: [String: ConfigurationValue], as answer: Answer.Type,
    _ read: @Sendable (Answer) throws -> Result
  ) async throws -> Result {
    try await source.withWorker { worker in
      try read(try await worker.call(method, parameters(more), returning: answer))
    }
  }
}

/// How a registered worker is started.
public struct WorkerSource: Sendable, Hashable, Codable {
  /// Its file.
  public var program: WorkerProgram
  /// The interpreter that was named for it, by path or by name.
  public var python: String?
  /// Galley's home, where package and environments lie.
  public var home: String

  /// Names a program.
  public init(program: WorkerProgram, python: String? = nil, home: String) {
    (self.program, self.python, self.home) = (program, python, home)
  }

  /// Starts a worker, gives it to `body`, and ends it.
  /// - Parameter settings: How it is watched.
  /// - Throws: `GalleyError` if it can't be started; what `body` throws.
  public func withWorker<Result: Sendable>(
    _ settings: WorkerProcess.Settings = WorkerProcess.Settings(),
    _ body: @Sendable (WorkerProcess) async throws -> Result
  ) async throws -> Result {
    try await start(settings).used(by: body)
  }

  /// How it is started now.
  /// - Throws: `GalleyError` if it can't be.
  public func launch() async throws -> PythonLaunch {
    try await PythonLaunch.of(
      program, python: python, home: WorkerHome(root: home), variables: ProcessInfo.processInfo.environment)
  }

  /// Starts a worker, which whoever asked for it ends.
  func start(_ settings: WorkerProcess.Settings) async throws -> WorkerProcess {
    let launch = try await launch()
    var settings = settings
    // Python itself starts in a moment; on a machine that is busy or has a cold disk it may take longer.
    settings.startTimeout = max(settings.startTimeout, .seconds(60))
    return try await WorkerProcess.start(
      executable: launch.interpreter.path, arguments: launch.arguments, name: program.name,
      environment: launch.environment, settings: settings)
  }
}
