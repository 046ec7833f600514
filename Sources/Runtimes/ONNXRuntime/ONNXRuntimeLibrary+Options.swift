// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

extension ONNXRuntimeLibrary {
  /// ONNX Runtime's form of `options`; the caller releases it.
  func sessionOptions(_ options: ONNXRuntime.Options) throws(GalleyError) -> OpaquePointer {
    let made = try sessionOptions()
    do throws(GalleyError) {
      let deed = "set a session option"
      try check(api.pointee.SetSessionExecutionMode(made, CInt(GALLEY_ORT_SEQUENTIAL)), deed)
      try check(api.pointee.SetSessionGraphOptimizationLevel(made, CInt(options.graphOptimization.level)), deed)
      try check(api.pointee.SetIntraOpNumThreads(made, CInt(clamping: options.threads)), deed)
      try check(api.pointee.SetInterOpNumThreads(made, 1), deed)
      let spinning = options.spinning ? "1" : "0"
      try check(api.pointee.AddSessionConfigEntry(made, "session.intra_op.allow_spinning", spinning), deed)
      try check(api.pointee.AddSessionConfigEntry(made, "session.inter_op.allow_spinning", spinning), deed)
    } catch {
      api.pointee.ReleaseSessionOptions(made)
      throw error
    }
    return made
  }
}

extension ONNXRuntime.GraphOptimization {
  /// ONNX Runtime's number of the level.
  var level: Int {
    switch self {
    case .none: Int(GALLEY_ORT_LEVEL_NONE)
    case .basic: Int(GALLEY_ORT_LEVEL_BASIC)
    case .extended: Int(GALLEY_ORT_LEVEL_EXTENDED)
    case .all: Int(GALLEY_ORT_LEVEL_ALL)
    }
  }
}
