// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import Tensors

/// Scores batches with a compiled model.
///
/// Buffers are bound once for each size of batch. A model whose batch is fixed gets its items in groups of that size, the
/// last one filled up with its last item.
struct RuntimeScorer: ItemScorer {
  let inputShape: [Int]
  let scoreKind: ModelCard.Scores
  private let sessions: SessionsBySize
  /// Stops the inference that is under way.
  let running = RunningInference()
  private let file: ModelFile
  private let input: TensorSpec
  private let outputIndex: Int
  /// The one size of batch that the model takes.
  private let fixedBatch: Int?

  /// - Parameter inputShape: The shape that the preprocessing gives, if it is known; it fills dimensions that the model
  ///   leaves open.
  /// - Throws: `GalleyError` if the model hasn't one input of numbers, or lacks the card's output.
  init(
    _ model: any CompiledModel, _ file: ModelFile, _ card: ModelCard, inputShape given: [Int]?
  ) throws(GalleyError) {
    func refusal(_ why: String) -> GalleyError { GalleyError(.badData, "can't use the model", at: file.path, why: why) }
    guard model.inputs.count == 1, let first = model.inputs.first else {
      throw refusal("it has \(model.inputs.count) inputs, and items are one input")
    }
    guard let input = first.tensor, [.float32, .float16, .uint8].contains(input.elementType), !input.shape.isEmpty
    else {
      throw refusal("its input '\(first.name)' is \(first.kind.summary), and items are float32, float16 or uint8")
    }
    guard
      let index = model.outputs.firstIndex(where: { $0.name == card.output.name })
        ?? (model.outputs.count == 1 ? 0 : nil)
    else {
      throw refusal(
        "its card names the output '\(card.output.name)', and it has "
          + model.outputs.map { "'\($0.name)'" }.joined(separator: ", "))
    }
    guard let output = model.outputs[index].tensor, [.float32, .float16].contains(output.elementType) else {
      throw refusal(
        "its output '\(model.outputs[index].name)' is \(model.outputs[index].kind.summary), and scores are "
          + "float32 or float16")
    }
    let scores = output.shape.dropFirst()
    if !scores.contains(nil), scores.compactMap({ $0 }).reduce(1, *) != card.labels.count {
      throw refusal(
        "its output '\(output.name)' is \(model.outputs[index].kind.summary), and its card has "
          + "\(card.labels.count) labels")
    }
    self.inputShape = try Self.complete(Array(input.shape.dropFirst()), with: given, first, refusal)
    scoreKind = card.scores
    fixedBatch = input.shape[0]
    outputIndex = index
    self.input = input
    self.file = file
    sessions = SessionsBySize(model)
  }

  private static func complete(
    _ shape: [Int?], with given: [Int]?, _ input: ValueSpec, _ refusal: (String) -> GalleyError
  ) throws(GalleyError) -> [Int] {
    var complete: [Int] = []
    for (index, extent) in shape.enumerated() {
      let fill = given?.count == shape.count ? given?[index] : nil
      guard let extent = extent ?? fill else {
        throw refusal(
          "its input '\(input.name)' is \(input.kind.summary), and the preprocessing doesn't say how large inputs are")
      }
      complete.append(extent)
    }
    return complete
  }

  func scores(of inputs: Tensor) throws -> Tensor {
    let count = inputs.shape.first ?? 0
    guard let fixedBatch, fixedBatch != count else { return try run(inputs) }
    var rows: [Tensor] = []
    for start in stride(from: 0, to: count, by: max(1, fixedBatch)) {
      let end = min(start + fixedBatch, count)
      let places = (start..<start + fixedBatch).map { min($0, end - 1) }
      rows.append(try run(try inputs.gathering(rows: places)).rows(0..<end - start))
    }
    return try Tensor(
      elementType: .float32, shape: [count] + Array(rows.first?.shape.dropFirst() ?? []), bytes: rows.flatMap(\.bytes))
  }

  private func run(_ inputs: Tensor) throws -> Tensor {
    let session = try sessions.session(inputs.shape)
    let converted = try converted(inputs)
    try converted.bytes.withUnsafeBytes { try session.setInput(0, $0) }
    try running.run(session)
    return try session.withOutput(outputIndex) { bytes, shape in
      let type: ElementType = bytes.count == shape.reduce(1, *) * 2 ? .float16 : .float32
      let scores = try Tensor(elementType: type, shape: shape, bytes: Array(bytes)).widened()
      // Scores of one item may have any shape; whether there are enough is the reader's affair.
      let rows = max(1, shape.first ?? 1)
      return try scores.reshaped([rows, scores.count / rows])
    }
  }

  /// The values as the model's type: whole numbers 0 to 255 stay exact.
  private func converted(_ inputs: Tensor) throws -> Tensor {
    switch input.elementType {
    case .float16:
      let bits = try inputs.values(as: Float.self).map { Float16($0).bitPattern }
      return try Tensor(elementType: .float16, shape: inputs.shape, bytes: bits.withUnsafeBytes { Array($0) })
    case .uint8:
      let values = try inputs.values(as: Float.self).map { value in
        UInt8(max(0, min(255, value.rounded(.toNearestOrEven))))
      }
      return try Tensor(values, shape: inputs.shape)
    default: return inputs
    }
  }
}

extension Tensor {
  /// Half precision as single precision.
  fileprivate func widened() throws -> Tensor {
    guard elementType == .float16 else { return self }
    let values = bytes.withUnsafeBytes { bytes in
      (0..<count).map { Float(Float16(bitPattern: bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self))) }
    }
    return try Tensor(values, shape: shape)
  }
}

/// The sessions of a model, one for each shape of its input, the latest few.
private final class SessionsBySize {
  private let model: any CompiledModel
  private var sessions: [(shape: [Int], session: any InferenceSession)] = []
  private static let most = 4

  init(_ model: any CompiledModel) { self.model = model }

  func session(_ shape: [Int]) throws -> any InferenceSession {
    if let known = sessions.first(where: { $0.shape == shape }) { return known.session }
    let session = try model.makeSession(inputShapes: [shape])
    if sessions.count >= Self.most { sessions.removeFirst() }
    sessions.append((shape, session))
    return session
  }
}

/// The inference that is under way, to be stopped from any thread.
final class RunningInference: Sendable {
  private struct State {
    var isStopped = false
    var stop: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  /// Runs a session.
  /// - Throws: `CancellationError` if it was stopped; otherwise what the session throws.
  fileprivate func run(_ session: any InferenceSession) throws {
    let stop = session.cancellation
    let isStopped = state.withLock { state in
      state.stop = stop
      return state.isStopped
    }
    guard !isStopped else { throw CancellationError() }
    defer { state.withLock { $0.stop = nil } }
    do {
      try session.run()
    } catch {
      throw state.withLock { $0.isStopped } ? CancellationError() : error
    }
  }

  /// Stops the inference, and every later one.
  func stop() {
    let stop = state.withLock { state in
      state.isStopped = true
      return state.stop
    }
    stop?()
  }
}
