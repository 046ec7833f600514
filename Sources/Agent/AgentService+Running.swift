// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Measuring
internal import TargetProtocol
internal import Tensors

/// A session of single inferences and the shapes that it was made for.
struct RunningSession {
  let shapes: [[Int]]
  let session: any InferenceSession
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
    let total = Int(clamping: order.total)
    let places = try TensorList.places(behind: try end.heads(order), total: total)
    let session = try session(for: places, model)
    for (index, place) in places.enumerated() {
      try session.withInput(index) { buffer, shape in
        guard buffer.count == place.range.count else {
          throw Self.misfit(model, "input \(index) has \(place.range.count) bytes, and \(shape) has \(buffer.count)")
        }
        try end.read(into: buffer, at: place.range.lowerBound)
      }
    }
    let (_, nanoseconds) = try TimedLoop.once { try session.run() }
    return try write(session, model, nanoseconds, end)
  }

  /// What runs inputs of these shapes: what ran those before if it fits.
  private func session(for places: [TensorList.Place], _ model: LoadedModel) throws -> any InferenceSession {
    let specs = model.compiled.inputs
    guard specs.count == places.count else {
      throw Self.misfit(model, "\(places.count) inputs were given, and the model has \(specs.count)")
    }
    for (spec, place) in zip(specs, places) {
      guard case .tensor(place.elementType, _) = spec.kind else {
        throw Self.misfit(model, "input '\(spec.name)' is \(spec.kind.summary), and \(place.elementType) was given")
      }
    }
    let shapes = places.map(\.shape)
    if let running, running.shapes == shapes { return running.session }
    running = nil
    let session = try model.compiled.makeSession(inputShapes: shapes)
    running = RunningSession(shapes: shapes, session: session)
    return session
  }

  private func write(
    _ session: any InferenceSession, _ model: LoadedModel, _ nanoseconds: UInt64, _ end: RunEnd
  ) throws -> RunReply {
    var heads: [(elementType: ElementType, shape: [Int])] = []
    for (index, output) in model.compiled.outputs.enumerated() {
      guard case .tensor(let elementType, _) = output.kind else {
        throw Self.misfit(model, "output '\(output.name)' is \(output.kind.summary)")
      }
      heads.append((elementType, try session.withOutput(index) { _, shape in shape }))
    }
    let head = try TensorList.heads(of: heads)
    let lengths = try heads.map { try Tensor.byteCount($0.elementType, $0.shape) }
    let total = lengths.reduce(head.count, +)
    try head.withUnsafeBytes { try end.write($0, at: 0, of: total) }
    var offset = head.count
    for (index, length) in lengths.enumerated() {
      try session.withOutput(index) { bytes, _ in
        guard length <= bytes.count else { throw Self.misfit(model, "output \(index) has only \(bytes.count) bytes") }
        try end.write(UnsafeRawBufferPointer(rebasing: bytes[..<length]), at: offset, of: total)
      }
      offset += length
    }
    return RunReply(nanoseconds: nanoseconds, headCount: UInt64(head.count), total: UInt64(total))
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
