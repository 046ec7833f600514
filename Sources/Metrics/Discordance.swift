// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Statistics

/// On which items exactly one of two classifiers is right, and whether that could be chance.
public struct Discordance: Sendable, Hashable, Codable {
  /// Items that only the first classifier answers correctly, in the items' order.
  public var onlyFirst: [String]
  /// Items that only the second classifier answers correctly, in the items' order.
  public var onlySecond: [String]
  /// Items on which the answers differ, right or wrong, in the items' order.
  public var differing: [String]
  /// Exact test of the difference.
  public var test: McNemarTest

  /// Compares two classifiers' answers on the same items, which may come in another order.
  /// - Throws: `GalleyError` if the items or their true classes differ.
  public init(_ first: Predictions, _ second: Predictions) throws(GalleyError) {
    let other = try Self.answers(second)
    guard first.ids.count == other.count, Set(first.ids).count == other.count,
      first.truth.count == other.count, first.answers.count == other.count
    else { throw Self.refusal("\(first.ids.count) items are compared with \(other.count)") }
    (onlyFirst, onlySecond, differing) = ([], [], [])
    for (index, id) in first.ids.enumerated() {
      guard let (truth, answer) = other[id] else { throw Self.refusal("item '\(id)' is missing in the second") }
      guard truth == first.truth[index] else { throw Self.refusal("the true class of item '\(id)' differs") }
      let mine = first.answers[index]
      if mine == truth, answer != truth { onlyFirst.append(id) }
      if mine != truth, answer == truth { onlySecond.append(id) }
      if mine != answer { differing.append(id) }
    }
    guard let test = McNemarTest(onlyFirst: onlyFirst.count, onlySecond: onlySecond.count) else {
      throw Self.refusal("the test can't be computed")
    }
    self.test = test
  }

  private static func answers(
    _ predictions: Predictions
  ) throws(GalleyError) -> [String: (truth: Int, answer: Int)] {
    let values = zip(predictions.truth, predictions.answers).map { (truth: $0, answer: $1) }
    let answers = Dictionary(zip(predictions.ids, values), uniquingKeysWith: { first, _ in first })
    guard answers.count == predictions.ids.count, values.count == predictions.ids.count else {
      throw refusal("an item occurs twice or has no answer")
    }
    return answers
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't compare two classifiers", why: why)
  }
}
