// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Images
import Platform
import Tensors

/// Softmax regression on small gray pictures: a whole classifier in one file, as an adapter.
///
/// Each picture is brought to 8 × 8 pixels; a class's score is a weighted sum of them. The weights are learnt by
/// gradient descent over all pictures at once, in an order that nothing else decides: equal data give equal weights.
actor SoftmaxAdapter: TrainableAdapter, EvaluatingAdapter {
  nonisolated let card = AdapterCard(
    name: "softmax", summary: "Softmax regression on 8 × 8 gray pixels.", outputType: .class,
    options: [
      OptionDeclaration("epochs", .int(minimum: 1, maximum: 10_000), default: 60, help: "Passes over the pictures."),
      OptionDeclaration("rate", .float(minimum: 0, maximum: 10), default: 1.0, help: "Length of a step."),
    ], batchSize: 32)

  private static let side = 8
  private static let inputs = side * side + 1
  private var labels: [String] = []
  /// A row for each label, the constant at its end.
  private var weights: [[Float]] = []

  func load(_ folder: String, for model: AdapterModel) throws -> AdapterChange {
    labels = model.labels
    weights = labels.map { _ in [Float](repeating: 0, count: Self.inputs) }
    let file = "\(folder)/weights.safetensors"
    guard FileManager.default.fileExists(atPath: file) else { return AdapterChange() }
    let values = try Safetensors(Data(contentsOf: URL(filePath: file))).tensor("weights").values(as: Float.self)
    guard values.count == labels.count * Self.inputs else {
      throw GalleyError(.badData, "can't load the weights", at: file, why: "they are of other labels")
    }
    weights = labels.indices.map { Array(values[$0 * Self.inputs..<($0 + 1) * Self.inputs]) }
    return AdapterChange()
  }

  func predict(_ batch: AdapterBatch) throws -> [AdapterPrediction] {
    try batch.images.map { image in
      let shares = shares(try Self.pixels(of: image))
      guard let best = shares.indices.max(by: { shares[$0] < shares[$1] }) else { return .found([]) }
      return .label(labels[best], confidence: Double(shares[best]))
    }
  }

  func train(_ training: AdapterTraining) throws -> AdapterTrainingOutcome {
    let examples = try training.examples(of: "train")
    labels = Set(examples.compactMap(\.label)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    weights = labels.map { _ in [Float](repeating: 0, count: Self.inputs) }
    let train = try pictures(examples)
    let validation = try pictures(training.examples(of: "validation"))
    var epochs = 60
    var rate: Float = 1
    if case .int(let stated)? = training.model.configuration["epochs"] { epochs = stated }
    if case .float(let stated)? = training.model.configuration["rate"] { rate = Float(stated) }
    for epoch in 1...epochs {
      try Task.checkCancellation()
      let loss = step(train, rate)
      let metrics = ["loss": Double(loss), "validation_accuracy": accuracy(validation)]
      training.report(AdapterEpoch(finished: epoch, total: epochs, metrics: metrics))
    }
    return AdapterTrainingOutcome(figures: ["validation_accuracy": accuracy(validation)])
  }

  func save(to folder: String) throws -> AdapterChange {
    let tensor = try Tensor(weights.flatMap { $0 }, shape: [labels.count, Self.inputs])
    try Safetensors(tensors: ["weights": tensor]).serialized()
      .write(to: URL(filePath: "\(folder)/weights.safetensors"))
    return AdapterChange(labels: labels)
  }

  func evaluate(_ items: [EvaluatedPredictions]) -> [String: Double] {
    let right = items.count { $0.groundTruth.first?.label == $0.predictions.first?.label }
    return ["accuracy": items.isEmpty ? 0 : Double(right) / Double(items.count)]
  }

  // MARK: Arithmetic

  private typealias Picture = (pixels: [Float], label: Int)

  private func pictures(_ examples: [TrainingExample]) throws -> [Picture] {
    try examples.compactMap { example in
      guard let label = example.label.flatMap({ labels.firstIndex(of: $0) }),
        case .image(let image) = try prepareItem(example.item)
      else { return nil }
      return (try Self.pixels(of: image), label)
    }
  }

  private static func pixels(of image: Image) throws -> [Float] {
    let small = try image.resized(to: PixelSize(width: side, height: side))
    return (0..<side * side).map { Float(small.bytes[$0 * 3]) / 255 } + [1]
  }

  /// The probability of each label.
  private func shares(_ pixels: [Float]) -> [Float] {
    let scores = weights.map { row in zip(row, pixels).reduce(Float(0)) { $0 + $1.0 * $1.1 } }
    let largest = scores.max() ?? 0
    let powers = scores.map { Float(exp(Double($0 - largest))) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// One step down the mean cross-entropy; gives its value before.
  private func step(_ pictures: [Picture], _ rate: Float) -> Float {
    guard !pictures.isEmpty else { return 0 }
    var slopes = weights.map { _ in [Float](repeating: 0, count: Self.inputs) }
    var loss: Float = 0
    for picture in pictures {
      let shares = shares(picture.pixels)
      loss -= Float(log(Double(max(shares[picture.label], 1e-9))))
      for label in labels.indices {
        let error = shares[label] - (label == picture.label ? 1 : 0)
        for place in 0..<Self.inputs { slopes[label][place] += error * picture.pixels[place] }
      }
    }
    let scale = rate / Float(pictures.count)
    for label in labels.indices {
      for place in 0..<Self.inputs { weights[label][place] -= scale * slopes[label][place] }
    }
    return loss / Float(pictures.count)
  }

  private func accuracy(_ pictures: [Picture]) -> Double {
    let right = pictures.count { picture in
      let shares = shares(picture.pixels)
      return shares.indices.max { shares[$0] < shares[$1] } == picture.label
    }
    return pictures.isEmpty ? 0 : Double(right) / Double(pictures.count)
  }
}
