// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Glibc

/// Turns a model's scores into an answer.
public struct ScoreReading: Sendable {
  /// The classes' names.
  public let labels: [String]
  private let kind: ModelCard.Scores
  private let isMultiLabel: Bool
  private let topK: Int
  private let threshold: Float

  /// Prepares reading.
  /// - Parameters:
  ///   - topK: Classes that an answer names, for one class for each item.
  ///   - threshold: The probability from which a class is chosen, for multi-label classification.
  /// - Throws: `GalleyError` if the task isn't classification, or `topK` is larger than the number of classes.
  public init(
    _ kind: ModelCard.Scores, labels: [String], task: EngineTask, topK: Int = 1, threshold: Double = 0.5
  ) throws(GalleyError) {
    guard task == .classification || task == .multiLabelClassification else {
      throw GalleyError(
        .configuration, "can't read the model's scores",
        why: "they are a classifier's, and the task is \(task.rawValue)")
    }
    guard !labels.isEmpty else {
      throw GalleyError(.badData, "can't read the model's scores", why: "the model has no labels")
    }
    guard (1...labels.count).contains(topK) else {
      throw GalleyError(
        .configuration, "can't read the model's scores", at: "topK",
        why: "an answer can't name \(topK) of \(labels.count) classes", remedy: "Give 1 to \(labels.count).")
    }
    self.labels = labels
    self.kind = kind
    self.topK = topK
    self.threshold = Float(threshold)
    isMultiLabel = task == .multiLabelClassification
  }

  /// The answer that scores stand for; of classes with equal probabilities the first comes first.
  /// - Parameter scores: one for each label, finite.
  /// - Throws: `ItemFault` if they are said to be probabilities and are none.
  func answer(_ scores: [Float]) throws(ItemFault) -> ItemResult.Answer {
    let probabilities = try probabilities(scores)
    let order = probabilities.indices.sorted {
      probabilities[$0] == probabilities[$1] ? $0 < $1 : probabilities[$0] > probabilities[$1]
    }
    let chosen = isMultiLabel ? Array(order.prefix { probabilities[$0] >= threshold }) : Array(order.prefix(topK))
    return ItemResult.Answer(
      classes: chosen.map { .init(label: labels[$0], index: $0, probability: probabilities[$0]) },
      probabilities: probabilities)
  }

  private func probabilities(_ scores: [Float]) throws(ItemFault) -> [Float] {
    switch kind {
    case .logits: return isMultiLabel ? scores.map(Self.sigmoid) : Self.softmax(scores)
    case .probabilities:
      if let index = scores.firstIndex(where: { $0 < -1e-4 || $0 > 1.0001 }) {
        throw ItemFault(
          .infer,
          "the score of '\(labels[index])' is \(scores[index]), and the model's card says that scores are "
            + "probabilities")
      }
      let bounded = scores.map { min(1, max(0, $0)) }
      return isMultiLabel ? bounded : try normalised(bounded)
    }
  }

  /// Probabilities that were rounded, to half precision or 8 bits, so that their sum is 1 again.
  private func normalised(_ values: [Float]) throws(ItemFault) -> [Float] {
    let sum = values.reduce(0.0) { $0 + Double($1) }
    guard abs(sum - 1) > 1e-3 else { return values }
    guard abs(sum - 1) <= 0.2 else {
      throw ItemFault(
        .infer, "the sum of its scores is \(sum), and the model's card says that scores are probabilities")
    }
    return values.map { Float(Double($0) / sum) }
  }

  /// In double precision, less the largest: no score overflows.
  private static func softmax(_ scores: [Float]) -> [Float] {
    let largest = Double(scores.max() ?? 0)
    let powers = scores.map { exp(Double($0) - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }

  private static func sigmoid(_ score: Float) -> Float {
    let score = Double(score)
    // Neither branch computes the exponential of a large number.
    if score >= 0 { return Float(1 / (1 + exp(-score))) }
    let power = exp(score)
    return Float(power / (1 + power))
  }
}
