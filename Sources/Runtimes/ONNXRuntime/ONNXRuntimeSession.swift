// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
public import Galley
internal import Tensors

/// One stream of inferences over buffers that are bound once.
///
/// An output whose shape is known before the run has a buffer of its own. Another one is allocated by ONNX Runtime in
/// each run.
final class ONNXRuntimeSession: InferenceSession {
  private let model: ONNXRuntimeModel
  private let api: UnsafePointer<OrtApi>
  private let session: OpaquePointer
  private let binding: OpaquePointer
  private let control: ONNXRuntimeRunControl
  private let runOptions: OpaquePointer
  private let state: UnsafeMutablePointer<CInt>
  private var inputs: [BoundTensor] = []
  private var outputs: [BoundTensor?] = []
  /// The names, as C text, of the outputs that ONNX Runtime allocates.
  private var allocatedNames: [ContiguousArray<CChar>] = []

  init(_ model: ONNXRuntimeModel, inputShapes shapes: [[Int]]) throws(GalleyError) {
    self.model = model
    api = model.library.api
    session = model.session
    let bound = try model.boundInputs(shapes)
    let sizes = try model.openDimensions(shapes)
    control = try ONNXRuntimeRunControl(model.library)
    runOptions = control.options
    state = control.state
    var made: OpaquePointer?
    try model.library.check(api.pointee.CreateIoBinding(session, &made), "bind buffers", at: model.path)
    guard let made else {
      throw GalleyError(.software, "can't bind buffers", at: model.path, why: "ONNX Runtime gave no binding")
    }
    binding = made
    for (port, input) in zip(model.inputPorts, bound) {
      let tensor = try BoundTensor(port.spec.name, input.elementType, input.shape, model.library)
      try model.library.check(
        api.pointee.BindInput(binding, port.spec.name, tensor.value), "bind input '\(port.spec.name)'", at: model.path)
      inputs.append(tensor)
    }
    for port in model.outputPorts { outputs.append(try bindOutput(port, sizes)) }
  }

  // The binding is released before the buffers and the model, which are released with the object's fields.
  deinit { api.pointee.ReleaseIoBinding(binding) }

  func withInput<Result>(
    _ index: Int, _ body: (UnsafeMutableRawBufferPointer, _ shape: [Int]) throws -> Result
  ) throws -> Result {
    guard inputs.indices.contains(index) else {
      throw GalleyError(
        .software, "can't set input \(index)", at: model.path, why: "the model has \(inputs.count) inputs")
    }
    return try body(inputs[index].buffer, inputs[index].shape)
  }

  func run() throws {
    if !allocatedNames.isEmpty { try forgetAllocatedOutputs() }
    let mode = DenormalMode.current
    defer { mode.enter() }
    if model.flushesDenormals { DenormalMode.flushing.enter() }
    let status = galley_ort_run_bound(api, session, runOptions, binding, state)
    if status != nil || state.pointee == CInt(GALLEY_ORT_STOPPED) { try fail(status) }
  }

  var cancellation: @Sendable () -> Void { { [control] in control.stop() } }

  private func fail(_ status: OpaquePointer?) throws(GalleyError) {
    guard state.pointee == CInt(GALLEY_ORT_STOPPED) else {
      return try model.library.check(status, "run the model", at: model.path)
    }
    api.pointee.ReleaseStatus(status)
    throw GalleyError(.interrupted, "can't finish the run", at: model.path, why: "it was stopped")
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    guard outputs.indices.contains(index) else {
      throw GalleyError(
        .software, "can't read output \(index)", at: model.path, why: "the model has \(outputs.count) outputs")
    }
    if let tensor = outputs[index] { return try body(UnsafeRawBufferPointer(tensor.buffer), tensor.shape) }
    return try withAllocatedOutput(index, body)
  }

  var handles: (api: UnsafeRawPointer, session: UnsafeMutableRawPointer, binding: UnsafeMutableRawPointer) {
    (UnsafeRawPointer(api), UnsafeMutableRawPointer(session), UnsafeMutableRawPointer(binding))
  }

  private func bindOutput(_ port: ONNXRuntimePort, _ sizes: [String: Int]) throws(GalleyError) -> BoundTensor? {
    let name = port.spec.name
    // ONNX Runtime leaves the buffer of an output that is one of the inputs as it is; the input's own one holds it.
    if let index = model.inputPorts.firstIndex(where: { $0.spec.name == name }) {
      return try passThrough(inputs[index], name)
    }
    guard let (elementType, shape) = knownOutput(port, sizes) else {
      allocatedNames.append(name.utf8CString)
      return nil
    }
    let tensor = try BoundTensor(name, elementType, shape, model.library)
    try model.library.check(
      api.pointee.BindOutput(binding, name, tensor.value), "bind output '\(name)'", at: model.path)
    return tensor
  }

  /// The element type and shape of an output that are known before the run.
  private func knownOutput(_ port: ONNXRuntimePort, _ sizes: [String: Int]) -> (ElementType, [Int])? {
    guard case .tensor(let elementType, let extents?) = port.spec.kind else { return nil }
    var shape: [Int] = []
    for (extent, dimension) in zip(extents, port.dimensionNames) {
      guard let extent = extent ?? sizes[dimension] else { return nil }
      shape.append(extent)
    }
    return (elementType, shape)
  }

  private func passThrough(_ tensor: BoundTensor, _ name: String) throws(GalleyError) -> BoundTensor {
    try model.library.check(
      api.pointee.BindOutput(binding, name, tensor.value), "bind output '\(name)'", at: model.path)
    return tensor
  }

  /// Lets ONNX Runtime allocate anew: what it allocated in the last run may have another shape than this one needs.
  private func forgetAllocatedOutputs() throws(GalleyError) {
    for name in allocatedNames {
      let status = name.withUnsafeBufferPointer { name in
        name.baseAddress.flatMap { api.pointee.BindOutputToDevice(binding, $0, model.library.memory) }
      }
      try model.library.check(status, "bind an output", at: model.path)
    }
  }

  /// The value that ONNX Runtime allocated for output `index` in the last run.
  private func withAllocatedOutput<Result>(
    _ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result
  ) throws -> Result {
    let library = model.library
    var list: UnsafeMutablePointer<OpaquePointer?>?
    var count = 0
    try library.check(
      api.pointee.GetBoundOutputValues(binding, library.allocator, &list, &count), "read the outputs", at: model.path)
    let values = UnsafeBufferPointer(start: list, count: count)
    defer {
      for value in values { api.pointee.ReleaseValue(value) }
      if let list, let status = api.pointee.AllocatorFree(library.allocator, list) { api.pointee.ReleaseStatus(status) }
    }
    guard values.indices.contains(index), let value = values[index] else {
      throw GalleyError(.software, "can't read output \(index)", at: model.path, why: "the model hasn't run yet")
    }
    guard case .tensor(let elementType, _) = model.outputPorts[index].spec.kind else {
      throw GalleyError(
        .badData, "can't read output \(index)", at: model.path,
        why: "it is \(ONNXRuntimeWords.of(model.outputPorts[index].spec.kind)), not a tensor of numbers")
    }
    let (_, shape) = try library.elementTypeAndShape(of: value, at: model.path)
    var data: UnsafeMutableRawPointer?
    try library.check(api.pointee.GetTensorMutableData(value, &data), "read output \(index)", at: model.path)
    let byteCount = try Tensor.byteCount(elementType, shape)
    return try body(UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : byteCount), shape)
  }
}

extension ONNXRuntime {
  /// The addresses of a session's function table, `OrtSession` and `OrtIoBinding`, for a program that calls ONNX
  /// Runtime itself, as a benchmark does. They are valid as long as the session lives.
  /// - Returns: `nil` if the session is another runtime's.
  public static func handles(
    of session: any InferenceSession
  ) -> (api: UnsafeRawPointer, session: UnsafeMutableRawPointer, binding: UnsafeMutableRawPointer)? {
    (session as? ONNXRuntimeSession)?.handles
  }
}
