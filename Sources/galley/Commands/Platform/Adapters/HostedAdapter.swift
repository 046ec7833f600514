// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Galley
internal import Platform
internal import WorkerProtocol
internal import Workers

/// An adapter in a process of its own, for as long as something is done with it.
struct HostedAdapter: Sendable {
  var source: WorkerSource
  /// Called with each line that its code writes.
  var onLog: @Sendable (WorkerLogLine) -> Void = { _ in }

  /// Starts the adapter, lets `body` use it with a model, and ends it whatever happens. The model remembers it once it
  /// has started.
  func withModel<Result: Sendable>(
    _ model: PlatformModel, in store: PlatformStore, _ settings: AdapterSettings,
    _ body: (AdaptedModel) async throws -> Result
  ) async throws -> Result {
    settings.onEvent?(.stage("starting the adapter"))
    let adapter = try await PythonAdapter.start(source.host, onLog: onLog)
    do {
      try remember(source.program.argument, model, store)
      let result = try await body(AdaptedModel(model.id, in: store, adapter: adapter, settings: settings))
      await adapter.stop()
      return result
    } catch {
      await adapter.stop()
      throw error
    }
  }

  private func remember(_ adapter: String, _ model: PlatformModel, _ store: PlatformStore) throws(GalleyError) {
    guard model.adapterText != adapter else { return }
    try store.updateModel(model.id) { model in
      guard model.adapterText != adapter else { return nil }
      var change = ModelChange()
      change.metadata = model.metadata(remembering: adapter)
      return change
    }
  }
}
