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
    try session.withInput(0) { buffer, shape in
      let values = buffer.assumingMemoryBound(to: Float.self)
      guard values.count >= batch * transform.outputCount else {
        throw GalleyError(
          .badData, "can't fill the input",
          why: "a tensor of shape \(shape) has no room for \(batch) items of \(transform.outputCount) values")
      }
      try items.withUnsafeBytes { bytes in
        for (place, position) in positions.prefix(batch).enumerated() {
          let source = position * transform.itemByteCount..<(position + 1) * transform.itemByteCount
          let target = place * transform.outputCount..<(place + 1) * transform.outputCount
          try transform.apply(
            UnsafeRawBufferPointer(rebasing: bytes[source]),
            into: UnsafeMutableBufferPointer(rebasing: values[target]))
        }
      }
    }
  }
}
