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
  private var inputs: [BoundTensor] = []
  private var outputs: [BoundTensor?] = []
  /// The names, as C text, of the outputs that ONNX Runtime allocates.
  private var allocatedNames: [ContiguousArray<CChar>] = []

  init(_ model: ONNXRuntimeModel, inputShapes shapes: [[Int]]) throws(GalleyError) {
    self.model = model
    api = model.library.api
    session = model.session
    let sizes = try Self.openDimensions(of: model, shapes)
    var made: OpaquePointer?
    try model.library.check(api.pointee.CreateIoBinding(session, &made), "bind buffers", at: model.path)
    guard let made else {
      throw GalleyError(.software, "can't bind buffers", at: model.path, why: "ONNX Runtime gave no binding")
    }
    binding = made
    for (port, shape) in zip(model.inputPorts, shapes) {
      let tensor = try BoundTensor(port.spec, shape, model.library)
      try model.library.check(
        api.pointee.BindInput(binding, port.spec.name, tensor.value), "bind input '\(port.spec.name)'", at: model.path)
      inputs.append(tensor)
    }
    for port in model.outputPorts { outputs.append(try bindOutput(port, sizes)) }
  }

  // The binding is released before the buffers and the model, which are released with the object's fields.
  deinit { api.pointee.ReleaseIoBinding(binding) }

  func setInput(_ index: Int, _ bytes: UnsafeRawBufferPointer) throws {
    guard inputs.indices.contains(index) else {
      throw GalleyError(
        .software, "can't set input \(index)", at: model.path, why: "the model has \(inputs.count) inputs")
    }
    let buffer = inputs[index].buffer
    guard bytes.count == buffer.count else {
      throw GalleyError(
        .badData, "can't set input '\(model.inputs[index].name)'", at: model.path,
        why: "\(bytes.count) bytes were given, and a tensor of shape \(inputs[index].shape) has \(buffer.count)")
    }
    buffer.copyMemory(from: bytes)
  }

  func run() throws {
    if !allocatedNames.isEmpty { try forgetAllocatedOutputs() }
    if let status = galley_ort_run_bound(api, session, binding) {
      try model.library.check(status, "run the model", at: model.path)
    }
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
    var shape: [Int] = []
    for (extent, dimension) in zip(port.spec.shape, port.dimensionNames) {
      guard let extent = extent ?? sizes[dimension] else {
        allocatedNames.append(name.utf8CString)
        return nil
      }
      shape.append(extent)
    }
    let tensor = try BoundTensor(port.spec, shape, model.library)
    try model.library.check(
      api.pointee.BindOutput(binding, name, tensor.value), "bind output '\(name)'", at: model.path)
    return tensor
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
    var info: OpaquePointer?
    try library.check(api.pointee.GetTensorTypeAndShape(value, &info), "read an output's shape", at: model.path)
    defer { api.pointee.ReleaseTensorTypeAndShapeInfo(info) }
    let shape = try info.map { try ONNXRuntimePort.shape($0, library) } ?? []
    var data: UnsafeMutableRawPointer?
    try library.check(api.pointee.GetTensorMutableData(value, &data), "read output \(index)", at: model.path)
    let byteCount = try Tensor.byteCount(model.outputs[index].elementType, shape)
    return try body(UnsafeRawBufferPointer(start: data, count: data == nil ? 0 : byteCount), shape)
  }
}

extension ONNXRuntimeSession {
  /// The size that the given shapes give to each named open dimension.
  private static func openDimensions(
    of model: ONNXRuntimeModel, _ shapes: [[Int]]
  ) throws(GalleyError) -> [String: Int] {
    guard shapes.count == model.inputPorts.count else {
      throw GalleyError(
        .badData, "can't open a session", at: model.path,
        why: "\(shapes.count) shapes were given for \(model.inputPorts.count) inputs")
    }
    var sizes: [String: Int] = [:]
    for (port, shape) in zip(model.inputPorts, shapes) {
      let expected = port.spec.shape
      guard expected.count == shape.count, zip(expected, shape).allSatisfy({ ($0 ?? $1) == $1 && $1 >= 0 }) else {
        throw GalleyError(
          .badData, "can't open a session", at: model.path,
          why: "input '\(port.spec.name)' has the shape \(Self.text(expected)), and \(shape) was given")
      }
      for (name, extent) in zip(port.dimensionNames, shape) where !name.isEmpty {
        if let other = sizes.updateValue(extent, forKey: name), other != extent {
          throw GalleyError(
            .badData, "can't open a session", at: model.path,
            why: "the dimension '\(name)' would be both \(other) and \(extent) in input '\(port.spec.name)' \(shape)")
        }
      }
    }
    return sizes
  }

  private static func text(_ shape: [Int?]) -> String {
    "[" + shape.map { $0.map { "\($0)" } ?? "any" }.joined(separator: ", ") + "]"
  }
}

/// A tensor in memory of its own, which ONNX Runtime reads or writes in place.
final class BoundTensor {
  let buffer: UnsafeMutableRawBufferPointer
  let shape: [Int]
  let value: OpaquePointer
  private let library: ONNXRuntimeLibrary

  /// The alignment of buffers: a cache line, and enough for the widest vector instructions.
  private static let alignment = 64

  init(_ spec: TensorSpec, _ shape: [Int], _ library: ONNXRuntimeLibrary) throws(GalleyError) {
    let byteCount: Int
    do throws(TensorError) {
      byteCount = try Tensor.byteCount(spec.elementType, shape)
    } catch {
      throw GalleyError(.badData, "can't allocate '\(spec.name)'", why: error.description)
    }
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(byteCount, 1), alignment: Self.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    var value: OpaquePointer?
    do throws(GalleyError) {
      try library.check(
        library.api.pointee.CreateTensorWithDataAsOrtValue(
          library.memory, memory.baseAddress, byteCount, shape.map(Int64.init), shape.count,
          spec.elementType.onnxNumber, &value), "create the tensor '\(spec.name)'")
      guard let value else {
        throw GalleyError(.software, "can't create the tensor '\(spec.name)'", why: "ONNX Runtime gave none")
      }
      self.value = value
    } catch {
      memory.deallocate()
      throw error
    }
    buffer = UnsafeMutableRawBufferPointer(rebasing: memory[..<byteCount])
    self.shape = shape
    self.library = library
  }

  deinit {
    library.api.pointee.ReleaseValue(value)
    buffer.baseAddress?.deallocate()
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
