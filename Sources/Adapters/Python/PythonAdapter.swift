// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Datasets
internal import Galley
internal import JSONStream
public import WorkerProtocol

/// An adapter in a child process, usually a class in a Python file: its functions are called over the worker protocol,
/// and images lie in memory that both processes see.
///
/// ```swift
/// let adapter = try await PythonAdapter.start(
///   WorkerCommand(executable: WorkerProcess.ownExecutable(), arguments: ["worker", "python", "adapter.py"]))
/// let model = AdaptedModel("net", in: store, adapter: adapter)
/// …
/// await adapter.stop()
/// ```
///
/// A worker that dies or hangs is lost with the batch that it was given; the next call starts it anew and loads the
/// model again.
public actor PythonAdapter {
  /// What the worker says of the adapter.
  public nonisolated let card: AdapterCard
  /// The functions that the user wrote.
  public nonisolated let functions: Set<AdapterFunction>
  let command: WorkerCommand
  let settings: WorkerProcess.Settings

  /// Starts a worker and asks what it hosts.
  /// - Parameters:
  ///   - command: How it is started.
  ///   - onLog: Called with each line that the worker writes for people; it must return soon.
  ///   - patience: How long the adapter's file may take to be imported.
  /// - Throws: `GalleyError` if it can't be started, its file can't be imported, or it hosts no adapter.
  public static func start(
    _ command: WorkerCommand, onLog: (@Sendable (WorkerLogLine) -> Void)? = nil, patience: Duration = .seconds(600)
  ) async throws -> PythonAdapter {
    throw GalleyError(.software, "can't start the worker '\(command.executable)'", why: "it isn't written yet")
  }

  init(
    _ card: AdapterCard, _ functions: Set<AdapterFunction>, _ command: WorkerCommand, _ settings: WorkerProcess.Settings
  ) {
    self.card = card
    self.functions = functions
    self.command = command
    self.settings = settings
  }

  /// Ends the worker. Returns when the process is gone.
  public func stop() async {}
}
