// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Images

/// Ordered batches of decoded, augmented and preprocessed images for training.
///
///     let batches = try TrainingBatches(
///       TrainingItem.items(of: dataset, subset: .train), classCount: dataset.classes.count,
///       preprocessing: preprocessing, augmentation: TrainingAugmentation([HorizontalFlip()]),
///       options: TrainingBatches.Options(batchSize: 32, seed: 7))
///     for epoch in 0..<epochs {
///       let run = batches.epoch(epoch)
///       while let batch = run.nextBlocking() { … batch.inputs … batch.classes … batch.failures … }
///     }
///
/// Step `n` of an epoch has the items from `n × batchSize` of that epoch's order. An item that can't be loaded is
/// missing from its batch, and moves no other; so an epoch can be begun at any step, and batches have the same bytes at
/// any number of threads.
public struct TrainingBatches: Sendable {
  /// How items become batches.
  public struct Options: Sendable, Hashable {
    /// What the values of ``TrainingBatch/inputs`` are.
    public enum Values: String, Sendable, Hashable, Codable {
      /// The model's input, scaled and normalised.
      case float32
      /// The fitted image's bytes in the model's layout and colours; scale, mean and deviation are left to the reader.
      case uint8
    }

    /// Items of a step; at least 1.
    public var batchSize: Int
    /// Seed of the order and of all that is random.
    public var seed: UInt64
    /// Whether each epoch has an order of its own; otherwise that of the items.
    public var shuffles: Bool
    /// Whether the rest that fills no batch is left out.
    public var dropsRest: Bool
    /// Whether an item may have no class or several; otherwise each must have one.
    public var isMultiLabel: Bool
    /// What the inputs' values are.
    public var values: Values
    /// Mixes each item with the one before it in its batch; `nil`: items stay apart.
    public var mixup: Mixup?
    /// Whether JPEGs may be decoded at a fraction of their size; see `DecodingOptions.reducedSide`. Without effect
    /// where an augmentation sees the whole image.
    public var allowsReducedDecoding: Bool
    /// Threads, and what is loaded ahead.
    public var limits: LoaderLimits

    /// Creates options.
    /// - Parameter limits: `nil`: two threads, two batches ahead, 512 MiB.
    public init(
      batchSize: Int, seed: UInt64, shuffles: Bool = true, dropsRest: Bool = false, isMultiLabel: Bool = false,
      values: Values = .float32, mixup: Mixup? = nil, allowsReducedDecoding: Bool = false, limits: LoaderLimits? = nil
    ) {
      self.batchSize = max(1, batchSize)
      self.seed = seed
      self.shuffles = shuffles
      self.dropsRest = dropsRest
      self.isMultiLabel = isMultiLabel
      self.values = values
      self.mixup = mixup
      self.allowsReducedDecoding = allowsReducedDecoding
      self.limits = limits ?? LoaderLimits(items: max(16, 2 * max(1, batchSize)))
    }
  }

  /// The items.
  public let items: [TrainingItem]
  /// Number of classes.
  public let classCount: Int
  /// How items become batches.
  public let options: Options
  /// The shape of one input, without the batch's dimension.
  public var inputShape: [Int] { pixels.shape }

  let pixels: ItemPixels

  /// Checks everything that can be known before an image is decoded.
  /// - Throws: `GalleyError` if there are no items, an id occurs twice, an item has no class or several where one is
  ///   needed, the preprocessing has no size or its channels depend on the item, or an archive can't be opened.
  public init(
    _ items: [TrainingItem], classCount: Int, preprocessing: Preprocessing,
    augmentation: TrainingAugmentation = TrainingAugmentation(), options: Options
  ) throws(GalleyError) {
    guard !items.isEmpty else { throw Self.refusal("there are no items") }
    var seen: Set<String> = []
    for item in items {
      guard seen.insert(item.id).inserted else { throw Self.refusal("its id occurs twice", at: item.id) }
      guard item.classes.allSatisfy({ (0..<classCount).contains($0) }) else {
        throw Self.refusal("its class is none of \(classCount)", at: item.id)
      }
      guard options.isMultiLabel || item.classes.count == 1 else {
        throw Self.refusal("it has \(item.classes.count) classes, and one is needed", at: item.id)
      }
    }
    guard options.mixup == nil || options.values == .float32 else {
      throw Self.refusal("items are mixed as float32, and uint8 was asked for")
    }
    self.items = items
    self.classCount = classCount
    self.options = options
    pixels = try ItemPixels(items, preprocessing, augmentation, options)
  }

  /// Steps of an epoch.
  public var stepsPerEpoch: Int {
    options.dropsRest ? items.count / options.batchSize : (items.count - 1) / options.batchSize + 1
  }

  /// Positions in ``items`` in the order of an epoch.
  public func order(inEpoch epoch: Int) -> [Int] {
    var order = Array(items.indices)
    guard options.shuffles, order.count > 1 else { return order }
    var random = ItemRandom(seed: options.seed, id: "the order of items", epoch: epoch)
    for last in stride(from: order.count - 1, to: 0, by: -1) { order.swapAt(last, random.number(below: last + 1)) }
    return order
  }

  /// The batches of an epoch, loaded while they are read.
  /// - Parameters:
  ///   - epoch: from 0.
  ///   - step: the first step that is wanted: that after the last one of an interrupted training.
  public func epoch(_ epoch: Int, from step: Int = 0) -> TrainingEpoch {
    TrainingEpoch(self, epoch: epoch, from: max(0, min(step, stepsPerEpoch)))
  }

  static func refusal(_ why: String, at place: String? = nil) -> GalleyError {
    GalleyError(
      .badData, "can't form batches", at: place, why: why,
      remedy: place == nil ? nil : "Run `galley data check` on the data set.")
  }
}
