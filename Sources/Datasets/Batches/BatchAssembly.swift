// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Images
internal import Tensors

/// Joins the items of one step.
struct BatchAssembly {
  private let batches: TrainingBatches
  private let epoch: Int
  private let step: Int
  private var ids: [String] = []
  private var classes: [[Int]] = []
  private var bytes: [UInt8] = []
  private var failures: [ItemFailure] = []

  init(_ batches: TrainingBatches, epoch: Int, step: Int) {
    self.batches = batches
    self.epoch = epoch
    self.step = step
    bytes.reserveCapacity(batches.options.batchSize * batches.pixels.byteCount)
  }

  mutating func append(_ item: TrainingItem, _ result: Result<ItemPixels.Values, any Error>) {
    switch result {
    case .success(let values):
      values.append(to: &bytes)
      ids.append(item.id)
      classes.append(item.classes)
    case .failure(let error):
      let error = error as? GalleyError ?? GalleyError(.badData, "can't load the item '\(item.id)'", why: "\(error)")
      failures.append(ItemFailure(id: item.id, error: error))
    }
  }

  /// The batch of what was appended.
  var batch: TrainingBatch? {
    let mixing = mixing
    let shape = [ids.count] + batches.inputShape
    let type: ElementType = batches.options.values == .float32 ? .float32 : .uint8
    let bytes = mixing.map { Self.mixed(self.bytes, rowCount: ids.count, $0) } ?? self.bytes
    guard let inputs = try? Tensor(elementType: type, shape: shape, bytes: bytes) else { return nil }
    return TrainingBatch(
      epoch: epoch, step: step, ids: ids, inputs: inputs,
      classes: batches.options.isMultiLabel ? [] : classes.compactMap(\.first), targets: targets(mixing),
      mixing: mixing, failures: failures)
  }

  /// One share for the whole batch, and each item with the one before it, as torchvision's `MixUp` does it.
  private var mixing: TrainingBatch.Mixing? {
    guard let mixup = batches.options.mixup, !ids.isEmpty else { return nil }
    var random = ItemRandom(seed: batches.options.seed, id: "the share of step \(step)", epoch: epoch)
    let share = mixup.share(random: &random)
    return TrainingBatch.Mixing(share: share, partners: ids.indices.map { ($0 + ids.count - 1) % ids.count })
  }

  private func targets(_ mixing: TrainingBatch.Mixing?) -> Tensor? {
    guard mixing != nil || batches.options.isMultiLabel else { return nil }
    let count = batches.classCount
    var values = [Float](repeating: 0, count: ids.count * count)
    for (row, classes) in classes.enumerated() { for label in classes { values[row * count + label] = 1 } }
    guard let mixing else { return try? Tensor(values, shape: [ids.count, count]) }
    let apart = values
    let (share, rest) = (Float(mixing.share), Float(1 - mixing.share))
    for (row, partner) in mixing.partners.enumerated() {
      for label in 0..<count {
        values[row * count + label] = apart[row * count + label] * share + apart[partner * count + label] * rest
      }
    }
    return try? Tensor(values, shape: [ids.count, count])
  }

  private static func mixed(_ bytes: [UInt8], rowCount: Int, _ mixing: TrainingBatch.Mixing) -> [UInt8] {
    let length = bytes.count / max(1, rowCount) / MemoryLayout<Float>.size
    let (share, rest) = (Float(mixing.share), Float(1 - mixing.share))
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { output, initialized in
      bytes.withUnsafeBytes { input in
        let output = UnsafeMutableRawBufferPointer(output)
        for (row, partner) in mixing.partners.enumerated() {
          for column in 0..<length {
            let (own, other) = ((row * length + column) * 4, (partner * length + column) * 4)
            let value =
              input.loadUnaligned(fromByteOffset: own, as: Float.self) * share
              + input.loadUnaligned(fromByteOffset: other, as: Float.self) * rest
            output.storeBytes(of: value, toByteOffset: own, as: Float.self)
          }
        }
      }
      initialized = bytes.count
    }
  }
}
