// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// What stops a session's run from another thread.
///
/// `@unchecked Sendable`: the pointers never change, the state is read and written atomically, and ONNX Runtime allows
/// `RunOptionsSetTerminate` from any thread.
final class ONNXRuntimeRunControl: @unchecked Sendable {
  let options: OpaquePointer
  /// One of `GALLEY_ORT_IDLE` and the following.
  let state: UnsafeMutablePointer<CInt>
  private let library: ONNXRuntimeLibrary

  init(_ library: ONNXRuntimeLibrary) throws(GalleyError) {
    var options: OpaquePointer?
    try library.check(library.api.pointee.CreateRunOptions(&options), "create run options")
    guard let options else {
      throw GalleyError(.software, "can't run a model", why: "ONNX Runtime gave no run options")
    }
    self.options = options
    self.library = library
    state = .allocate(capacity: 1)
    state.initialize(to: CInt(GALLEY_ORT_IDLE))
  }

  deinit {
    library.api.pointee.ReleaseRunOptions(options)
    state.deallocate()
  }

  /// Stops the run that is under way; does nothing if there is none.
  func stop() { galley_ort_stop(library.api, options, state) }
}
