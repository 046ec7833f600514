// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// OpenVINO's inference request: one stream of inferences.
///
/// `@unchecked Sendable`: the handle never changes; other threads than the session's only cancel, which OpenVINO allows
/// from any thread.
final class OpenVINORequest: @unchecked Sendable {
  let handle: OpaquePointer
  private let library: OpenVINOLibrary
  private let model: OpenVINOCompiled

  init(_ model: OpenVINOCompiled, _ library: OpenVINOLibrary, at path: String) throws(GalleyError) {
    var handle: OpaquePointer?
    try library.check(
      library.api.pointee.ov_compiled_model_create_infer_request(model.handle, &handle), "open a session", at: path)
    guard let handle else {
      throw GalleyError(.software, "can't open a session", at: path, why: "OpenVINO gave no request")
    }
    self.handle = handle
    self.library = library
    self.model = model
  }

  deinit { library.api.pointee.ov_infer_request_free(handle) }

  /// Stops the inference that is under way, if one is.
  func cancel() { _ = library.api.pointee.ov_infer_request_cancel(handle) }
}
