// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// The buffers of one stream of inferences. A tensor that stands at several places, as an output that is also an input,
/// has one buffer: LiteRT would write only the last that it is given.
final class LiteRTBinding {
  let executable: LiteRTExecutable
  let inputs: [LiteRTBuffer]
  let outputs: [LiteRTBuffer]
  private let inputHandles: UnsafeMutableBufferPointer<LiteRtTensorBuffer?>
  private let outputHandles: UnsafeMutableBufferPointer<LiteRtTensorBuffer?>
  private let api: UnsafePointer<LiteRtApi>
  private let handle: LiteRtCompiledModel
  private let signature: Int

  /// Where texts among the inputs and outputs find room.
  struct Texts {
    /// Bytes of the packed texts of each input; 0 for inputs of numbers.
    var inputs: [Int] = []
    /// Bytes for the packed texts of each output.
    var output = 0
  }

  init(_ executable: LiteRTExecutable, texts: Texts = Texts()) throws(GalleyError) {
    let model = executable.model
    var made: [Int: LiteRTBuffer] = [:]
    var inputs: [LiteRTBuffer] = []
    for (index, port) in model.signature.inputs.enumerated() {
      let room = texts.inputs.indices.contains(index) ? texts.inputs[index] : 0
      let buffer = try Self.buffer(port, executable.inputShapes[index], .input, room, model.library)
      try Self.compare(buffer, port, .input, index, executable)
      made[port.tensorIndex] = buffer
      inputs.append(buffer)
    }
    var outputs: [LiteRTBuffer] = []
    for ((index, port), shape) in zip(model.signature.outputs.enumerated(), try executable.outputShapes()) {
      if let shared = made[port.tensorIndex], shared.handle != nil {
        outputs.append(shared)
        continue
      }
      let buffer = try Self.buffer(
        port, shape, .output, texts.output, model.library, mayGrow: model.outline.maySizeWhileRunning)
      try Self.compare(buffer, port, .output, index, executable)
      made[port.tensorIndex] = buffer
      outputs.append(buffer)
    }
    self.executable = executable
    self.inputs = inputs
    self.outputs = outputs
    inputHandles = Self.handles(inputs)
    outputHandles = Self.handles(outputs)
    api = model.library.api
    handle = executable.handle
    signature = model.signatureIndex
  }

  deinit {
    inputHandles.deallocate()
    outputHandles.deallocate()
  }

  /// One inference; LiteRT's status.
  func run() -> CInt {
    galley_litert_run(
      api, handle, signature, inputHandles.count, UnsafePointer(inputHandles.baseAddress), outputHandles.count,
      UnsafePointer(outputHandles.baseAddress))
  }

  /// Whether outputs may turn out larger than their buffers are.
  var mayGrow: Bool { executable.model.outline.maySizeWhileRunning }

  /// Compares the outputs' shapes after a run with those before it.
  /// - Throws: `GalleyError` that names both.
  func requireShapes() throws(GalleyError) {
    let found = try executable.outputShapesAfterRun()
    for ((port, buffer), shape) in zip(zip(executable.model.signature.outputs, outputs), found)
    where shape != buffer.shape {
      throw GalleyError(
        .unavailable, "can't run the model", at: executable.model.path,
        why: "an output's shape depends on the data, and LiteRT's interface gives no such outputs: '\(port.name)' was "
          + "\(buffer.shape) before the run and \(shape) after it")
    }
  }

  var callHandles: LiteRTRuntime.Handles {
    LiteRTRuntime.Handles(
      api: UnsafeRawPointer(api), compiled: UnsafeMutableRawPointer(handle), signature: signature,
      inputs: UnsafeBufferPointer(inputHandles), outputs: UnsafeBufferPointer(outputHandles))
  }

  private static func handles(_ buffers: [LiteRTBuffer]) -> UnsafeMutableBufferPointer<LiteRtTensorBuffer?> {
    let handles = UnsafeMutableBufferPointer<LiteRtTensorBuffer?>.allocate(capacity: buffers.count)
    _ = handles.initialize(from: buffers.map(\.handle))
    return handles
  }

  private static func buffer(
    _ port: TFLitePort, _ shape: [Int], _ side: LiteRTPortSide, _ texts: Int, _ library: LiteRTLibrary,
    mayGrow: Bool = false
  ) throws(GalleyError) -> LiteRTBuffer {
    guard case .numbers(let elementType) = port.tensor.type else {
      return try LiteRTBuffer(texts: texts, port, shape, library)
    }
    return try LiteRTBuffer(port, elementType, shape, side, library, mayGrow: mayGrow)
  }

  /// LiteRT's first run writes as many bytes as its tensor has, whatever the buffer holds.
  private static func compare(
    _ buffer: LiteRTBuffer, _ port: TFLitePort, _ side: LiteRTPortSide, _ index: Int, _ executable: LiteRTExecutable
  ) throws(GalleyError) {
    guard case .numbers(let elementType) = port.tensor.type else { return }
    let required = try executable.requiredBytes(side, index)
    guard required == buffer.bytes.count else {
      throw GalleyError(
        .badData, "can't bind \(side.rawValue) '\(port.name)'", at: executable.model.path,
        why: "LiteRT wants \(required) bytes, and \(elementType) of shape \(buffer.shape) has \(buffer.bytes.count)")
    }
  }
}
