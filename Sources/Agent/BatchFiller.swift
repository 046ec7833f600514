// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Preprocesses items into a session's input, in place.
struct BatchFiller {
  private let data: OpenedData
  private let batch: Int

  init(_ data: OpenedData, _ model: LoadedModel) {
    self.data = data
    batch = model.batch
  }

  /// Preprocesses the items at `positions`, as many as the batch has places; a place without an item keeps what it held.
  func fill(_ session: any InferenceSession, with positions: some Collection<Int>) throws {
    let (transform, items) = (data.transform, data.items.inputs.bytes)
    try items.withUnsafeBytes { bytes in
      try session.fillPlaces(of: batch, with: positions, count: transform.outputCount) { position, values in
        let source = position * transform.itemByteCount..<(position + 1) * transform.itemByteCount
        try transform.apply(UnsafeRawBufferPointer(rebasing: bytes[source]), into: values)
      }
    }
  }
}

extension InferenceSession {
  /// Lends `fill` the room of each position in the first input, one after the other, as many as the batch has places.
  /// - Parameter count: Values of one item.
  func fillPlaces(
    of batch: Int, with positions: some Collection<Int>, count: Int,
    _ fill: (_ position: Int, UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    try withInput(0) { buffer, shape in
      let values = buffer.assumingMemoryBound(to: Float.self)
      guard values.count >= batch * count else {
        throw GalleyError(
          .badData, "can't fill the input",
          why: "a tensor of shape \(shape) has no room for \(batch) items of \(count) values")
      }
      for (place, position) in positions.prefix(batch).enumerated() {
        try fill(position, UnsafeMutableBufferPointer(rebasing: values[place * count..<(place + 1) * count]))
      }
    }
  }
}
