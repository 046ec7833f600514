// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Preprocesses items into a session's input, over one buffer that is allocated once.
struct BatchFiller {
  private let data: OpenedData
  private let batch: Int
  private var buffer: [Float]

  init(_ data: OpenedData, _ model: LoadedModel) {
    self.data = data
    batch = model.batch
    buffer = [Float](repeating: 0, count: model.batch * data.transform.outputCount)
  }

  /// Preprocesses the items at `positions`, as many as the batch has places; a place without an item keeps what it held.
  mutating func preprocess(_ positions: some Collection<Int>) throws {
    let (transform, items, batch) = (data.transform, data.items.inputs.bytes, batch)
    try buffer.withUnsafeMutableBufferPointer { buffer in
      try items.withUnsafeBytes { bytes in
        for (place, position) in positions.prefix(batch).enumerated() {
          let source = position * transform.itemByteCount..<(position + 1) * transform.itemByteCount
          let target = place * transform.outputCount..<(place + 1) * transform.outputCount
          try transform.apply(
            UnsafeRawBufferPointer(rebasing: bytes[source]),
            into: UnsafeMutableBufferPointer(rebasing: buffer[target]))
        }
      }
    }
  }

  /// Copies what was preprocessed into the session's input.
  func bind(to session: any InferenceSession) throws {
    try buffer.withUnsafeBytes { try session.setInput(0, $0) }
  }

  /// Preprocesses items and copies them into the session's input.
  mutating func fill(_ session: any InferenceSession, with positions: some Collection<Int>) throws {
    try preprocess(positions)
    try bind(to: session)
  }
}
