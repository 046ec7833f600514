// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors
internal import Torch

/// The loss that training makes smaller: cross entropy over classes, or for multi-label one binary cross entropy for
/// each class.
struct TrainingLoss {
  private let task: EngineTask
  private let classCount: Int
  private let smoothing: Double
  private let weights: TorchTensor?
  private let device: TorchDevice

  /// Prepares the loss.
  /// - Throws: `GalleyError` if the options' class weights don't suit the classes.
  init(_ options: TrainOptions, _ data: TrainingData, on device: TorchDevice, in library: TorchLibrary) throws {
    task = data.task
    classCount = data.labels.count
    smoothing = options.labelSmoothing
    self.device = device
    weights = try Self.classWeights(options, data).map {
      try TorchTensor($0.map { Float($0) }, shape: [data.labels.count], in: library).moved(to: device)
    }
  }

  /// The weight of each class; `nil` if all are alike.
  static func classWeights(_ options: TrainOptions, _ data: TrainingData) throws(GalleyError) -> [Double]? {
    guard options.classWeights != nil || options.balanceClasses else { return nil }
    var weights = options.classWeights ?? [Double](repeating: 1, count: data.labels.count)
    guard weights.count == data.labels.count else {
      throw GalleyError(
        .configuration, "can't weight the classes", at: "classWeights",
        why: "\(weights.count) weights are given for \(data.labels.count) classes",
        remedy: "Give one for each label, in their order: \(data.labels.joined(separator: ", ")).")
    }
    guard weights.contains(where: { $0 > 0 }) else {
      throw GalleyError(
        .configuration, "can't weight the classes", at: "classWeights", why: "all weights are 0",
        remedy: "Give at least one class a weight above 0.")
    }
    guard options.balanceClasses else { return weights }
    // scikit-learn's "balanced": items / (classes × items of the class); a class without items needs no weight.
    var counts = [Int](repeating: 0, count: weights.count)
    for classes in data.training.classSets { for label in classes { counts[label] += 1 } }
    let all = Double(counts.reduce(0, +))
    for (label, count) in counts.enumerated() where count > 0 {
      weights[label] *= all / (Double(weights.count) * Double(count))
    }
    return weights
  }

  /// The mean loss of a batch's rows.
  func callAsFunction(_ logits: TorchTensor, _ batch: StepBatch) throws -> TorchTensor {
    // Half precision is for the network; the loss is a sum of many terms.
    let logits = try logits.elementType == .float32 ? logits : logits.converted(to: .float32)
    let targets = try targets(batch, like: logits)
    guard task == .multiLabelClassification else {
      return try logits.crossEntropy(targets: targets, classWeights: weights, labelSmoothing: smoothing)
    }
    let smooth = smoothing == 0 ? targets : try targets * (1 - smoothing) + smoothing / 2
    return try logits.binaryCrossEntropy(targets: smooth, weights: weights)
  }

  private func targets(_ batch: StepBatch, like logits: TorchTensor) throws -> TorchTensor {
    if let shares = batch.shares { return try TorchTensor(shares, in: logits.library).moved(to: device) }
    guard task == .multiLabelClassification else {
      return try TorchTensor(
        batch.classSets.map { Int64($0.first ?? 0) }, shape: [batch.count], in: logits.library
      ).moved(to: device)
    }
    let values = Self.indicators(batch.classSets, classCount)
    return try TorchTensor(values, shape: [batch.count, classCount], in: logits.library).moved(to: device)
  }

  /// For each row, 1 for each of its classes and 0 for the others.
  static func indicators(_ classSets: [[Int]], _ classCount: Int) -> [Float] {
    var values = [Float](repeating: 0, count: classSets.count * classCount)
    for (row, classes) in classSets.enumerated() {
      for label in classes where (0..<classCount).contains(label) { values[row * classCount + label] = 1 }
    }
    return values
  }
}
