// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import TargetProtocol

internal import Files
internal import FoundationEssentials
internal import Measuring
internal import Tensors

extension AgentService {
  /// Runs items and writes all outputs as they are: safetensors with one tensor for each output, its first dimension
  /// counting the items, and the ids as a JSON list in the metadata.
  /// - Throws: `GalleyError` if nothing is loaded, an id is unknown, or the file can't be written.
  public func writeOutputs(
    _ parameters: WriteOutputsParameters, _ checkpoint: Checkpoint = { _, _ in }
  ) throws -> WriteOutputsResult {
    let (source, model) = (try requireSource(), try requireModel())
    if case .samples = source { return try writeSampleOutputs(parameters, source, model, checkpoint) }
    let positions = try source.positions(of: parameters.ids)
    var bytes = [[UInt8]](repeating: [], count: model.compiled.outputs.count)
    var itemShapes = [[Int]](repeating: [], count: bytes.count)
    try forEachBatch(positions, source, model, checkpoint) { _, count in
      for index in bytes.indices {
        try model.session.withOutput(index) { output, shape in
          guard let rows = shape.first, rows == model.batch, rows > 0 else { throw notPerItem(index, shape, model) }
          itemShapes[index] = Array(shape.dropFirst())
          bytes[index].append(contentsOf: output.prefix(output.count / rows * count))
        }
      }
    }
    let allIDs = source.ids
    let ids = positions.map { allIDs[$0] }
    var tensors: [String: Tensor] = [:]
    for (index, output) in model.compiled.outputs.enumerated() {
      guard let spec = output.tensor else { throw notATensor(output, model) }
      tensors[spec.name] = try Tensor(
        elementType: spec.elementType, shape: [positions.count] + itemShapes[index], bytes: bytes[index])
    }
    return try write(tensors, ids, model, to: parameters.path)
  }

  private func write(
    _ tensors: [String: Tensor], _ ids: [String], _ model: LoadedModel, to path: String
  ) throws -> WriteOutputsResult {
    let encoder = JSONEncoder()
    let file = try Safetensors(
      tensors: tensors,
      metadata: [
        "ids": String(decoding: try encoder.encode(ids), as: UTF8.self),
        "outputs": String(decoding: try encoder.encode(model.compiled.outputs.map(\.name)), as: UTF8.self),
      ]
    ).serialized()
    do throws(FileError) {
      try AtomicFile.write(file, to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the model's outputs")
    }
    return WriteOutputsResult(ids: ids, digest: Digest(of: file))
  }

  /// Writes each sample's outputs by themselves, since their shapes may depend on what is in the sample.
  private func writeSampleOutputs(
    _ parameters: WriteOutputsParameters, _ source: OpenedSource, _ model: LoadedModel, _ checkpoint: Checkpoint
  ) throws -> WriteOutputsResult {
    let positions = try source.positions(of: parameters.ids)
    var tensors: [String: Tensor] = [:]
    try forEachBatch(positions, source, model, checkpoint) { chosen, _ in
      for (index, output) in model.compiled.outputs.enumerated() {
        guard let spec = output.tensor ?? Self.unranked(output), let first = chosen.first else { continue }
        try model.session.withOutput(index) { bytes, shape in
          tensors["\(first)/\(output.name)"] = try Tensor(
            elementType: spec.elementType, shape: shape, bytes: Array(bytes))
        }
      }
    }
    return try write(tensors, positions.map(String.init), model, to: parameters.path)
  }

  /// A tensor of numbers whose rank the model leaves open.
  private static func unranked(_ output: ValueSpec) -> TensorSpec? {
    guard case .tensor(let elementType, nil) = output.kind else { return nil }
    return TensorSpec(name: output.name, elementType: elementType, shape: [])
  }

  private func notATensor(_ output: ValueSpec, _ model: LoadedModel) -> GalleyError {
    GalleyError(
      .badData, "can't write the model's outputs", at: model.file.path,
      why: "output '\(output.name)' is \(output.kind.summary)")
  }

  /// Runs items and keeps the smallest and largest value of each float32 output.
  /// - Throws: `GalleyError` if nothing is loaded, an id is unknown, or a value is NaN or infinite.
  public func observeRanges(
    _ parameters: ObserveRangesParameters, _ checkpoint: Checkpoint = { _, _ in }
  ) throws -> ObserveRangesResult {
    let (source, model) = (try requireSource(), try requireModel())
    let positions = try source.positions(of: parameters.ids)
    guard !positions.isEmpty else {
      throw GalleyError(.badData, "can't observe ranges", at: model.file.path, why: "no items were given")
    }
    let observed = model.compiled.outputs.indices.filter {
      model.compiled.outputs[$0].tensor?.elementType == .float32
    }
    var ranges: [String: ObservedRange] = [:]
    try forEachBatch(positions, source, model, checkpoint) { _, _ in
      for index in observed {
        let name = model.compiled.outputs[index].name
        guard let range = try model.session.withOutput(index, { output, _ in Self.range(of: output) }) else { continue }
        guard range.minimum.isFinite, range.maximum.isFinite else {
          throw GalleyError(
            .badData, "can't observe ranges", at: model.file.path, why: "'\(name)' takes a value that is not finite")
        }
        ranges[name] = ranges[name].map { $0.union(range) } ?? range
      }
    }
    return ObserveRangesResult(ranges: ranges)
  }

  /// Runs the items a batch at a time. The last batch is filled up with its last item, so that no other value appears.
  private func forEachBatch(
    _ positions: [Int], _ source: OpenedSource, _ model: LoadedModel, _ checkpoint: Checkpoint,
    _ take: (_ positions: ArraySlice<Int>, _ count: Int) throws -> Void
  ) throws {
    let feed = try InputFeed(source, model)
    for start in stride(from: 0, to: positions.count, by: model.batch) {
      try checkpoint(start, positions.count)
      let chosen = positions[start..<min(start + model.batch, positions.count)]
      let last = chosen.last ?? 0
      try feed.fill(model.session, with: chosen + [Int](repeating: last, count: model.batch - chosen.count))
      try model.session.run()
      try take(chosen, chosen.count)
    }
    try checkpoint(positions.count, positions.count)
  }

  /// The range of float32 values; NaN in either end if there is one among them, `nil` if there are none.
  private static func range(of bytes: UnsafeRawBufferPointer) -> ObservedRange? {
    let values = bytes.assumingMemoryBound(to: Float.self)
    guard let first = values.first else { return nil }
    var (minimum, maximum, sum) = (first, first, Float(0))
    for value in values {
      minimum = value < minimum ? value : minimum
      maximum = value > maximum ? value : maximum
      sum += value * 0
    }
    // Zero times NaN or infinity is NaN, which no comparison would have noticed.
    return sum.isNaN ? ObservedRange(minimum: .nan, maximum: .nan) : ObservedRange(minimum: minimum, maximum: maximum)
  }

  private func notPerItem(_ index: Int, _ shape: [Int], _ model: LoadedModel) -> GalleyError {
    GalleyError(
      .badData, "can't write the model's outputs", at: model.file.path,
      why:
        "output '\(model.compiled.outputs[index].name)' of shape \(shape) has no row for each of \(model.batch) items")
  }
}

extension ObservedRange {
  fileprivate func union(_ other: ObservedRange) -> ObservedRange {
    ObservedRange(minimum: min(minimum, other.minimum), maximum: max(maximum, other.maximum))
  }
}
