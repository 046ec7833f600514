// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

extension ONNXRuntimeLibrary {
  /// ONNX Runtime's form of `options`; the caller releases it.
  func sessionOptions(_ options: ONNXRuntime.Options) throws(GalleyError) -> OpaquePointer {
    let made = try sessionOptions()
    do throws(GalleyError) {
      try setThreads(options, made)
      try setMemory(options, made)
      let level = CInt(options.graphOptimization.level)
      try check(api.pointee.SetSessionGraphOptimizationLevel(made, level), Self.deed)
      for (key, value) in options.settingPairs {
        try check(api.pointee.AddSessionConfigEntry(made, key, value), "set '\(key)'")
      }
      try ONNXRuntimeProvider(options.provider).append(to: made, options.providerPairs, self)
    } catch {
      api.pointee.ReleaseSessionOptions(made)
      throw error
    }
    return made
  }
}

extension ONNXRuntimeLibrary {
  private static let deed = "set a session option"

  private func setThreads(_ options: ONNXRuntime.Options, _ made: OpaquePointer) throws(GalleyError) {
    let mode = options.executionMode == .parallel ? GALLEY_ORT_PARALLEL : GALLEY_ORT_SEQUENTIAL
    try check(api.pointee.SetSessionExecutionMode(made, CInt(mode)), Self.deed)
    try check(api.pointee.SetIntraOpNumThreads(made, CInt(clamping: options.threads)), Self.deed)
    try check(api.pointee.SetInterOpNumThreads(made, CInt(clamping: options.interOpThreads)), Self.deed)
    let spinning = options.spinning ? "1" : "0"
    try check(api.pointee.AddSessionConfigEntry(made, "session.intra_op.allow_spinning", spinning), Self.deed)
    try check(api.pointee.AddSessionConfigEntry(made, "session.inter_op.allow_spinning", spinning), Self.deed)
  }

  /// Both are on unless said otherwise.
  private func setMemory(_ options: ONNXRuntime.Options, _ made: OpaquePointer) throws(GalleyError) {
    if !options.memoryPattern { try check(api.pointee.DisableMemPattern(made), Self.deed) }
    if !options.memoryArena { try check(api.pointee.DisableCpuMemArena(made), Self.deed) }
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
