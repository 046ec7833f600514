// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Engines
internal import Galley
internal import Scenarios
internal import Workers

extension Catalogue {
  /// This program's own backends.
  static var ownBackends: [any Backend] {
    [LibTorchBackend(), RuntimeBackend(.onnxRuntime), RuntimeBackend(.openVINO)]
  }

  /// Every backend: this program's own, and those of registered workers.
  /// - Throws: `GalleyError` if two have one id.
  static func backends() throws(GalleyError) -> BackendRegistry {
    try BackendRegistry(ownBackends + RegisteredWorkers.all.compactMap(WorkerBackend.init))
  }
}
