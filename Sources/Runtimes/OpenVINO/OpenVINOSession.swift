// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
public import Galley
internal import Tensors

/// One stream of inferences over input tensors that are bound once.
///
/// Outputs stay in the memory that OpenVINO gives them and are read there: with memory of ours bound to an output that
/// is one of the inputs, version 2026.4 leaves all of them unwritten without a word.
final class OpenVINOSession: InferenceSession {
  private let model: OpenVINOModel
  private let api: UnsafePointer<OvApi>
  private let request: OpenVINORequest
  private let handle: OpaquePointer
  private var inputs: [OpenVINOTensor] = []
  private var isUnderWay = false
  private var hasRun = false
  /// Whether somebody may want to stop a run.
  private var mayBeStopped = false

  init(_ model: OpenVINOModel, _ compiled: OpenVINOCompiled, _ shapes: [[Int]]) throws(GalleyError) {
    self.model = model
    api = model.library.api
    request = try OpenVINORequest(compiled, model.library, at: model.path)
    handle = request.handle
    for (index, spec) in model.inputs.enumerated() where shapes.indices.contains(index) {
      inputs.append(try bind(index, spec, shapes[index]))
    }
  }

  // Tensors may go only when nothing is written to them any more.
  deinit {
    if isUnderWay {
      request.cancel()
      _ = galley_ov_wait(api, handle)
    }
  }

  private func bind(_ index: Int, _ spec: ValueSpec, _ shape: [Int]) throws(GalleyError) -> OpenVINOTensor {
    guard case .tensor(let type, _) = spec.kind else {
      throw GalleyError(.badData, "can't open a session", at: model.path, why: "'\(spec.name)' is not a tensor")
    }
    let tensor = try OpenVINOTensor(spec.name, type, shape, model.library)
    try model.library.check(
      api.pointee.ov_infer_request_set_input_tensor_by_index(handle, index, tensor.handle),
      "bind input '\(spec.name)'", at: model.path)
    return tensor
  }

  func withInput<Result>(
    _ index: Int, _ body: (UnsafeMutableRawBufferPointer, _ shape: [Int]) throws -> Result
  ) throws -> Result {
    try requireRest()
    guard inputs.indices.contains(index) else {
      throw GalleyError(
        .software, "can't set input \(index)", at: model.path, why: "the model has \(inputs.count) inputs")
    }
    let result = try body(inputs[index].buffer, inputs[index].shape)
    try OpenVINONarrowing.check(inputs[index].buffer, model.inputs[index], at: model.path)
    return result
  }

  /// OpenVINO can't stop an inference on the caller's thread, so once somebody has asked for ``cancellation``, runs go
  /// through a thread of OpenVINO's, between whose operators it looks whether it shall stop. That costs some
  /// microseconds (about 15 on a processor of 2023) in each run.
  func run() throws {
    if mayBeStopped {
      try start()
      return try wait()
    }
    let status = galley_ov_infer(api, handle)
    if status != 0 { try model.library.check(status, "run the model", at: model.path) }
    hasRun = true
  }

  func start() throws {
    try model.library.check(galley_ov_start(api, handle), "start the model", at: model.path)
    isUnderWay = true
  }

  func wait() throws {
    guard isUnderWay else { return }
    let status = galley_ov_wait(api, handle)
    isUnderWay = false
    try model.library.check(status, "run the model", at: model.path)
    hasRun = true
  }

  var cancellation: @Sendable () -> Void {
    mayBeStopped = true
    return { [request] in request.cancel() }
  }

  func withOutput<Result>(_ index: Int, _ body: (UnsafeRawBufferPointer, [Int]) throws -> Result) throws -> Result {
    try requireRest()
    guard model.outputs.indices.contains(index) else {
      throw GalleyError(
        .software, "can't read output \(index)", at: model.path, why: "the model has \(model.outputs.count) outputs")
    }
    guard hasRun else {
      throw GalleyError(.software, "can't read output \(index)", at: model.path, why: "the model hasn't run yet")
    }
    let library = model.library
    var tensor: OpaquePointer?
    try library.check(
      api.pointee.ov_infer_request_get_output_tensor_by_index(handle, index, &tensor), "read output \(index)",
      at: model.path)
    guard let tensor else {
      throw GalleyError(.software, "can't read output \(index)", at: model.path, why: "OpenVINO gave no tensor")
    }
    defer { api.pointee.ov_tensor_free(tensor) }
    let shape = try shape(of: tensor)
    return try body(UnsafeRawBufferPointer(try bytes(of: tensor, index)), shape)
  }

  /// A copy of an output.
  func tensor(ofOutput index: Int) throws -> Tensor {
    guard model.outputs.indices.contains(index), case .tensor(let type, _) = model.outputs[index].kind else {
      throw GalleyError(.software, "can't read output \(index)", at: model.path, why: "it is not a tensor")
    }
    return try withOutput(index) { bytes, shape in
      do {
        return try Tensor(elementType: type, shape: shape, bytes: Array(bytes))
      } catch {
        throw GalleyError(.software, "can't read output \(index)", at: model.path, why: "\(error)")
      }
    }
  }

  /// What OpenVINO says of the nodes' times, averaged over all runs of the model since it was compiled.
  func profile() throws(GalleyError) -> [OpenVINOProfile.Node] {
    var profile = OvProfile()
    try model.library.check(
      api.pointee.ov_infer_request_get_profiling_info(handle, &profile), "read the profile", at: model.path)
    defer { api.pointee.ov_profiling_info_list_free(&profile) }
    return UnsafeBufferPointer(start: profile.nodes, count: profile.count).map(OpenVINOProfile.Node.init)
  }

  private func requireRest() throws(GalleyError) {
    guard isUnderWay else { return }
    throw GalleyError(
      .software, "can't use the model's buffers", at: model.path, why: "an inference was started and not waited for")
  }

  /// The memory of an output; OpenVINO has none for a tensor without elements.
  private func bytes(of tensor: OpaquePointer, _ index: Int) throws(GalleyError) -> UnsafeMutableRawBufferPointer {
    var byteCount = 0
    try model.library.check(
      api.pointee.ov_tensor_get_byte_size(tensor, &byteCount), "read output \(index)", at: model.path)
    guard byteCount > 0 else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
    var data: UnsafeMutableRawPointer?
    try model.library.check(api.pointee.ov_tensor_data(tensor, &data), "read output \(index)", at: model.path)
    return UnsafeMutableRawBufferPointer(start: data, count: data == nil ? 0 : byteCount)
  }

  private func shape(of tensor: OpaquePointer) throws(GalleyError) -> [Int] {
    var shape = OvShape()
    let status = api.pointee.ov_tensor_get_shape(tensor, &shape)
    // OpenVINO can't describe the shape of a scalar to C.
    if status == CInt(GALLEY_OV_INVALID_PARAMETER) { return [] }
    try model.library.check(status, "read an output's shape", at: model.path)
    defer { _ = api.pointee.ov_shape_free(&shape) }
    return UnsafeBufferPointer(start: shape.dimensions, count: Int(shape.rank)).map { Int($0) }
  }
}

extension OpenVINORuntime {
  /// The addresses of a session's function table and inference request, for a program that calls OpenVINO itself, as a
  /// benchmark does. They are valid as long as the session lives.
  /// - Returns: `nil` if the session is another runtime's.
  public static func handles(
    of session: any InferenceSession
  ) -> (api: UnsafeRawPointer, request: UnsafeMutableRawPointer)? {
    (session as? OpenVINOSession)?.handles
  }
}

extension OpenVINOSession {
  fileprivate var handles: (api: UnsafeRawPointer, request: UnsafeMutableRawPointer) {
    (UnsafeRawPointer(api), UnsafeMutableRawPointer(handle))
  }
}
