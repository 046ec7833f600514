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
    let (data, model) = (try requireData(), try requireModel())
    let positions = try data.positions(of: parameters.ids)
    var bytes = [[UInt8]](repeating: [], count: model.outputs.count)
    var itemShapes = [[Int]](repeating: [], count: bytes.count)
    try forEachBatch(positions, data, model, checkpoint) { count in
      for index in bytes.indices {
        try model.session.withOutput(index) { output, shape in
          guard let rows = shape.first, rows == model.batch, rows > 0 else { throw notPerItem(index, shape, model) }
          itemShapes[index] = Array(shape.dropFirst())
          bytes[index].append(contentsOf: output.prefix(output.count / rows * count))
        }
      }
    }
    let ids = positions.map { data.items.ids[$0] }
    var tensors: [String: Tensor] = [:]
    for (index, spec) in model.outputs.enumerated() {
      tensors[spec.name] = try Tensor(
        elementType: spec.elementType, shape: [positions.count] + itemShapes[index], bytes: bytes[index])
    }
    let names = String(decoding: try JSONEncoder().encode(ids), as: UTF8.self)
    let file = try Safetensors(tensors: tensors, metadata: ["ids": names]).serialized()
    do throws(FileError) {
      try AtomicFile.write(file, to: parameters.path)
    } catch {
      throw GalleyError(writing: error, "can't write the model's outputs")
    }
    return WriteOutputsResult(ids: ids, digest: Digest(of: file))
  }

  /// Runs items and keeps the smallest and largest value of each float32 output.
  /// - Throws: `GalleyError` if nothing is loaded, an id is unknown, or a value is NaN or infinite.
  public func observeRanges(
    _ parameters: ObserveRangesParameters, _ checkpoint: Checkpoint = { _, _ in }
  ) throws -> ObserveRangesResult {
    let (data, model) = (try requireData(), try requireModel())
    let positions = try data.positions(of: parameters.ids)
    guard !positions.isEmpty else {
      throw GalleyError(.badData, "can't observe ranges", at: model.file.path, why: "no items were given")
    }
    let observed = model.outputs.indices.filter { model.outputs[$0].elementType == .float32 }
    var ranges: [String: ObservedRange] = [:]
    try forEachBatch(positions, data, model, checkpoint) { _ in
      for index in observed {
        let name = model.outputs[index].name
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
    _ positions: [Int], _ data: OpenedData, _ model: LoadedModel, _ checkpoint: Checkpoint, _ take: (Int) throws -> Void
  ) throws {
    var filler = BatchFiller(data, model)
    for start in stride(from: 0, to: positions.count, by: model.batch) {
      try checkpoint(start, positions.count)
      let chosen = positions[start..<min(start + model.batch, positions.count)]
      let last = chosen.last ?? 0
      try filler.fill(model.session, with: chosen + [Int](repeating: last, count: model.batch - chosen.count))
      try model.session.run()
      try take(chosen.count)
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
        "output '\(model.outputs[index].name)' of shape \(shape) has no row for each of \(model.batch) items")
  }
}

extension ObservedRange {
  fileprivate func union(_ other: ObservedRange) -> ObservedRange {
    ObservedRange(minimum: min(minimum, other.minimum), maximum: max(maximum, other.maximum))
  }
}
