// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Images

/// How items become the input of a network that is to be trained, and why.
struct InputChoice {
  let preprocessing: Preprocessing
  /// The shape of one input, without the batch.
  let shape: [Int]
  /// Why the side is what it is; `nil` if it was given.
  let reason: String?

  /// Sides of inputs are multiples of this, so that halving five times leaves no rest.
  private static let step = 32
  /// The side for which the published weights of most classifiers were trained.
  private static let largest = 224

  /// - Parameter side: what was given.
  /// - Throws: `GalleyError` if nothing says how large the items are.
  init(_ data: ReadData, side: Int?) throws(GalleyError) {
    if case .prepared(let prepared) = data.content, let shape = data.itemShape, shape.count == 3 {
      var preprocessing = prepared.preprocessing
      if let side { preprocessing.fit = Self.fit(side) }
      self.preprocessing = preprocessing
      self.shape = preprocessing.inputShape(height: shape[0], width: shape[1], channels: shape[2])
      reason = side == nil ? "the items are \(shape[0]) × \(shape[1]) pixels" : nil
      return
    }
    let chosen: Int
    let why: String?
    if let side { (chosen, why) = (side, nil) } else { (chosen, why) = try Self.automatic(data) }
    preprocessing = Preprocessing(
      layout: .nchw, scale: 1 / 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225],
      fit: Self.fit(chosen), colors: .rgb)
    shape = [3, chosen, chosen]
    reason = why
  }

  /// The side that the data's sizes suggest.
  private static func automatic(_ data: ReadData) throws(GalleyError) -> (Int, String?) {
    guard let sizes = data.sizes else {
      throw GalleyError(
        .badData, "can't choose the input's size", at: data.path, why: "no training item's size is known",
        remedy: "Say it: --input-size 224. galley data check says what is wrong with the images.")
    }
    if let common = sizes.common, common.width == common.height, common.width <= 3 * step {
      return (common.width, "all training images are \(common)")
    }
    let side = min(largest, max(step, sizes.median / step * step))
    let range =
      "the shorter sides of \(sizes.count) training images are \(sizes.median) pixels in the middle"
      + (sizes.low == sizes.high ? "" : ", nine of ten from \(sizes.low) to \(sizes.high)")
    let rule =
      side == largest
      ? "\(largest) is what published weights were made for" : "the multiple of \(step) not above that"
    return (side, "\(range); \(rule)")
  }

  private static func fit(_ side: Int) -> ImageFit {
    ImageFit(size: Images.PixelSize(width: side, height: side), rule: .stretch, kernel: .bilinear)
  }
}

/// The architecture for data of which nobody said one, and why.
struct ArchitectureChoice {
  let card: Card
  let reason: String

  /// - Throws: `GalleyError` if there is none for the task.
  init(among registry: BackendRegistry, _ task: EngineTask, inputShape: [Int]) throws(GalleyError) {
    let cards = registry.architectures.map(\.card).filter { $0.deprecation == nil && $0.fits("model.classification") }
    let suits = task == .classification || task == .multiLabelClassification
    let side = inputShape.count == 3 ? inputShape.dropFirst().min() ?? 0 : 0
    let isSmall = side <= 64
    let wanted = isSmall ? "small-convnet" : "mobilenet-v3-small"
    let found =
      cards.first { $0.name == wanted } ?? cards.max { ($0.priority, $1.name) < ($1.priority, $0.name) }
    guard suits, let found else {
      throw GalleyError(
        .configuration, "can't choose a model", at: "--model auto",
        why: "no backend offers an architecture for \(task.rawValue)", remedy: "galley models lists what there is.")
    }
    card = found
    reason =
      isSmall
      ? "inputs of \(side) pixels keep their detail in a network that halves them seldom"
      : "small and fast on devices, and accurate enough to begin with"
  }
}
