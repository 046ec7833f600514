// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// One stream of inferences over buffers that are bound once.
final class LiteRTSession: InferenceSession {
  private let model: LiteRTModel
  private let executable: LiteRTExecutable
  private let bound: LiteRTBinding
  private let stop: LiteRTCancellation
  private let mayGrow: Bool

  init(_ model: LiteRTModel, _ executable: LiteRTExecutable) throws(GalleyError) {
    self.model = model
    self.executable = executable
    stop = LiteRTCancellation()
    bound = try LiteRTBinding(executable)
    mayGrow = bound.mayGrow
    try executable.install(stop)
  }

  // The executable goes back to the model; its next owner binds buffers before it runs.
  deinit { model.giveBack(executable) }

  var cancellation: @Sendable () -> Void {
    let stop = stop
    return { stop.cancel() }
  }

  func withInput<Result>(
    _ index: Int, _ body: (UnsafeMutableRawBufferPointer, _ shape: [Int]) throws -> Result
  ) throws -> Result {
    guard bound.inputs.indices.contains(index) else {
      throw GalleyError(
        .software, "can't set input \(index)", at: executable.model.path,
        why: "the model has \(bound.inputs.count) inputs")
    }
    let buffer = bound.inputs[index]
    return try body(buffer.bytes, buffer.shape)
  }

  var handles: LiteRTRuntime.Handles { bound.callHandles }

  func run() throws {
    stop.begin()
    let status = bound.run()
    if stop.end() { throw executable.cancelled() }
    if status != 0 { try executable.check(status, "run the model") }
    if mayGrow { try bound.requireShapes() }
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    guard bound.outputs.indices.contains(index) else {
      throw GalleyError(
        .software, "can't read output \(index)", at: executable.model.path,
        why: "the model has \(bound.outputs.count) outputs")
    }
    let buffer = bound.outputs[index]
    return try body(UnsafeRawBufferPointer(buffer.bytes), buffer.shape)
  }
}
