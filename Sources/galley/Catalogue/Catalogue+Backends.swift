// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Engines
internal import Galley
internal import Scenarios

extension Catalogue {
  /// Every backend of this program.
  /// - Throws: `GalleyError` if two have one id, which is a mistake in Galley.
  static func backends() throws(GalleyError) -> BackendRegistry {
    try BackendRegistry([LibTorchBackend(), RuntimeBackend(.onnxRuntime), RuntimeBackend(.openVINO)])
  }
}
