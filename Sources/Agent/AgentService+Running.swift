// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Measuring
internal import TargetProtocol
internal import Tensors

/// A session of single inferences and what it was made for. Inputs that begin with the same heads are understood already,
/// and so are outputs of the same shapes.
struct RunningSession {
  let session: any InferenceSession
  let shapes: [[Int]]
  let outputTypes: [ElementType]
  /// The heads of the inputs, and how many bytes the whole list has.
  var heads: [UInt8]
  var total: UInt64
  var places: [TensorList.Place]
  /// What the outputs were before.
  var outputs: OutputList?

  /// The list of a run's outputs but for the tensors' bytes.
  struct OutputList {
    let shapes: [[Int]]
    let head: Data
    /// Bytes of each tensor.
    let lengths: [Int]
    let total: Int
  }
}

extension AgentService {
  /// Runs the loaded model on inputs that others bring, one after the other, until told to leave.
  /// - Throws: `GalleyError` if what was named can't be opened. What an inference fails for is its reply.
  func serveRuns(_ parameters: ServeRunsParameters) throws -> NoParameters {
    let end = try RunEnd(parameters)
    while let order = end.next() {
      let reply: RunReply
      do {
        reply = try run(order, end)
      } catch {
        reply = try Self.write(error, to: end)
      }
      guard end.reply(reply) else { break }
    }
    return NoParameters()
  }

  private func run(_ order: RunOrder, _ end: RunEnd) throws -> RunReply {
    let model = try requireModel()
    let running = try running(for: try end.heads(order), total: order.total, model)
    for (index, place) in running.places.enumerated() {
      try running.session.withInput(index) { buffer, shape in
        guard buffer.count == place.range.count else {
          throw Self.misfit(model, "input \(index) has \(place.range.count) bytes, and \(shape) has \(buffer.count)")
        }
        try end.read(into: buffer, at: place.range.lowerBound)
      }
    }
    let (_, nanoseconds) = try TimedLoop.once { try running.session.run() }
    return try write(running, model, nanoseconds, end)
  }

  /// What runs inputs with these heads: what ran those before if it fits.
  private func running(
    for heads: UnsafeRawBufferPointer, total: UInt64, _ model: LoadedModel
  ) throws -> RunningSession {
    if let running, running.total == total, running.heads.elementsEqual(heads) { return running }
    let places = try TensorList.places(behind: Data(heads), total: Int(clamping: total))
    try Self.check(places, model)
    let shapes = places.map(\.shape)
    var next: RunningSession
    if let running, running.shapes == shapes {
      next = running
      (next.heads, next.total, next.places) = (Array(heads), total, places)
    } else {
      // Two sessions at once may be more than there is memory for.
      running = nil
      next = RunningSession(
        session: try model.compiled.makeSession(inputShapes: shapes), shapes: shapes,
        outputTypes: try Self.outputTypes(of: model), heads: Array(heads), total: total, places: places)
    }
    running = next
    return next
  }

  private static func check(_ places: [TensorList.Place], _ model: LoadedModel) throws(GalleyError) {
    let specs = model.compiled.inputs
    guard specs.count == places.count else {
      throw misfit(model, "\(places.count) inputs were given, and the model has \(specs.count)")
    }
    for (spec, place) in zip(specs, places) {
      guard case .tensor(place.elementType, _) = spec.kind else {
        throw misfit(model, "input '\(spec.name)' is \(spec.kind.summary), and \(place.elementType) was given")
      }
    }
  }

  private static func outputTypes(of model: LoadedModel) throws(GalleyError) -> [ElementType] {
    try model.compiled.outputs.map { output throws(GalleyError) in
      guard case .tensor(let elementType, _) = output.kind else {
        throw misfit(model, "output '\(output.name)' is \(output.kind.summary)")
      }
      return elementType
    }
  }

  private func write(
    _ running: RunningSession, _ model: LoadedModel, _ nanoseconds: UInt64, _ end: RunEnd
  ) throws -> RunReply {
    let list = try outputs(of: running)
    try list.head.withUnsafeBytes { try end.write($0, at: 0, of: list.total) }
    var offset = list.head.count
    for (index, length) in list.lengths.enumerated() {
      try running.session.withOutput(index) { bytes, _ in
        guard length <= bytes.count else { throw Self.misfit(model, "output \(index) has only \(bytes.count) bytes") }
        try end.write(UnsafeRawBufferPointer(rebasing: bytes[..<length]), at: offset, of: list.total)
      }
      offset += length
    }
    return RunReply(nanoseconds: nanoseconds, headCount: UInt64(list.head.count), total: UInt64(list.total))
  }

  /// How the outputs are told; their shapes may be others after each run.
  private func outputs(of running: RunningSession) throws -> RunningSession.OutputList {
    let shapes = try running.outputTypes.indices.map { try running.session.withOutput($0) { _, shape in shape } }
    if let outputs = running.outputs, outputs.shapes == shapes { return outputs }
    let heads = zip(running.outputTypes, shapes).map { (elementType: $0, shape: $1) }
    let head = try TensorList.heads(of: heads)
    let lengths = try heads.map { try Tensor.byteCount($0.elementType, $0.shape) }
    let outputs = RunningSession.OutputList(
      shapes: shapes, head: head, lengths: lengths, total: lengths.reduce(head.count, +))
    self.running?.outputs = outputs
    return outputs
  }

  private static func write(_ error: any Error, to end: RunEnd) throws -> RunReply {
    let known =
      error as? GalleyError ?? GalleyError(.badData, "can't run the model", why: "\(error)")
    let text = try JSONEncoder().encode(RequestFailure(known))
    try text.withUnsafeBytes { try end.write($0, at: 0, of: text.count) }
    return RunReply(nanoseconds: RunReply.failed, headCount: UInt64(text.count), total: UInt64(text.count))
  }

  private static func misfit(_ model: LoadedModel, _ why: String) -> GalleyError {
    GalleyError(.badData, "can't run the model", at: model.file.path, why: why)
  }
}
