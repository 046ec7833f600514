// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley
internal import Images
internal import Tensors

/// Batches of images that are loaded, varied and preprocessed by threads of their own while the network computes, or,
/// without workers, by the training thread between its steps.
struct LoadedBatches: TrainingBatchSource {
  private let batches: TrainingBatches
  private var epoch: TrainingEpoch?

  init(
    _ items: [TrainingItem], _ preprocessing: Preprocessing, _ options: TrainOptions, batchSize: Int,
    classCount: Int, task: EngineTask
  ) throws(GalleyError) {
    batches = try TrainingBatches(
      items, classCount: classCount, preprocessing: preprocessing,
      augmentation: options.imageAugmentation(size: preprocessing.fit?.size ?? Self.size(of: items)),
      options: TrainingBatches.Options(
        batchSize: batchSize, seed: UInt64(bitPattern: Int64(options.seed)),
        isMultiLabel: task == .multiLabelClassification,
        mixup: options.mixup > 0 ? Mixup(alpha: options.mixup) : nil,
        limits: options.loaderLimits(batchSize: batchSize)))
  }

  /// The size of images that keep theirs.
  private static func size(of items: [TrainingItem]) -> Images.PixelSize? {
    guard case .pixels(let block)? = items.first?.source else { return nil }
    return Images.PixelSize(width: block.size.width, height: block.size.height)
  }

  var inputShape: [Int] { batches.inputShape }
  /// A last batch of a single item, which has no variance to normalise by, is left out; the next epoch's order differs.
  var stepsPerEpoch: Int {
    let steps = batches.stepsPerEpoch
    return steps > 1 && batches.items.count % batches.options.batchSize == 1 ? steps - 1 : steps
  }
  var state: MemoryBatches.State? { nil }

  mutating func begin(epoch: Int, from step: Int) {
    self.epoch?.stop()
    self.epoch = batches.epoch(epoch, from: step)
  }

  mutating func next() throws -> StepBatch? {
    guard let batch = epoch?.nextBlocking() else { return nil }
    return StepBatch(
      ids: batch.ids, inputs: batch.inputs, classSets: batch.classSets(of: batches),
      shares: batch.mixing == nil ? nil : batch.targets,
      failures: batch.failures)
  }
}

extension TrainOptions {
  /// How much is loaded at once, and by how many threads.
  func loaderLimits(batchSize: Int) -> LoaderLimits {
    LoaderLimits(threads: workers ?? 1, items: max(16, 2 * batchSize))
  }
}

extension TrainingBatch {
  /// The classes of each row; read off the targets where items may have several.
  func classSets(of batches: TrainingBatches) -> [[Int]] {
    guard classes.isEmpty || classes.count != ids.count else { return classes.map { [$0] } }
    guard mixing == nil, let values = try? targets?.values(as: Float.self) else { return ids.map { _ in [] } }
    return ids.indices.map { row in
      (0..<batches.classCount).filter { values[row * batches.classCount + $0] == 1 }
    }
  }
}
