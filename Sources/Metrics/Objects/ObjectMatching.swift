// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Which prediction is about which object of ground truth, on each item.
///
/// The surest prediction chooses first, among ground truth of its own label, the object it is most like; what is left
/// over then chooses among ground truth of other labels, so that a wrong label in the right place is seen as such.
/// Nothing is dropped: what nobody chose stays as missed, what found nothing as surplus. Ground truth that stands for a
/// crowd may be chosen by many and is never missed.
public struct ObjectMatching: Sendable, Hashable {
  /// A prediction and an object, or one of them alone.
  public struct Pair: Sendable, Hashable {
    /// The item's id.
    public var itemID: String
    /// Ground truth; `nil` if the prediction found nothing.
    public var truth: EvaluatedObject?
    /// The prediction; `nil` if the object was missed.
    public var prediction: EvaluatedObject?
    /// How alike their shapes are, from 0 to 1; 0 of one alone.
    public var geometryScore: Double

    /// 1 if both labels have the same bytes, else 0.
    public var labelScore: Double {
      guard let truth, let prediction else { return 0 }
      return truth.label.labelKey == prediction.label.labelKey ? 1 : 0
    }

    /// The part of all attributes that both state alike, from 0 to 1; 1 if neither has any.
    public var attributeScore: Double {
      guard let truth, let prediction else { return 0 }
      let names = Set(truth.attributes.keys).union(prediction.attributes.keys)
      guard !names.isEmpty else { return 1 }
      let alike = names.count { truth.attributes[$0] != nil && truth.attributes[$0] == prediction.attributes[$0] }
      return Double(alike) / Double(names.count)
    }

    /// Mean of the three.
    public var annotationScore: Double { (geometryScore + labelScore + attributeScore) / 3 }

    /// The prediction has the right label in the right place.
    public var isHit: Bool { labelScore == 1 }
  }

  /// Pairs, missed objects and surplus predictions, item by item.
  public let pairs: [Pair]
  /// Items that were looked at, in their order.
  public let itemIDs: [String]

  /// Matches predictions.
  /// - Parameters:
  ///   - threshold: The smallest likeness of a pair.
  ///   - minimumConfidence: Less sure predictions are left out.
  public init(of items: [EvaluatedItem], threshold: Double = 0.5, minimumConfidence: Double = 0) {
    itemIDs = items.map(\.id)
    pairs = items.flatMap { Self.pairs(of: $0, threshold, minimumConfidence) }
  }

  private static func pairs(of item: EvaluatedItem, _ threshold: Double, _ minimumConfidence: Double) -> [Pair] {
    let predictions = item.predictions.filter { $0.confidence >= minimumConfidence }.enumerated().sorted {
      ($1.element.confidence, $0.offset) < ($0.element.confidence, $1.offset)
    }.map(\.element)
    var choice = [(truth: Int, likeness: Double)?](repeating: nil, count: predictions.count)
    var taken = [Bool](repeating: false, count: item.truth.count)
    for sameLabel in [true, false] {
      for (place, prediction) in predictions.enumerated() where choice[place] == nil {
        var best: (truth: Int, likeness: Double)?
        for (number, object) in item.truth.enumerated() where !taken[number] || object.isCrowd {
          guard (object.label.labelKey == prediction.label.labelKey) == sameLabel else { continue }
          let likeness = prediction.shape.likeness(
            to: object.shape, diagonal: item.diagonal, isCrowd: object.isCrowd)
          // An object of its own before a crowd.
          let isBetter =
            best.map { best in
              let isCrowd = item.truth[best.truth].isCrowd
              return isCrowd == object.isCrowd ? likeness > best.likeness : isCrowd
            } ?? true
          if likeness >= threshold, likeness > 0, isBetter { best = (number, likeness) }
        }
        guard let best, sameLabel || !item.truth[best.truth].isCrowd else { continue }
        choice[place] = best
        taken[best.truth] = true
      }
    }
    let found = zip(predictions, choice).map { prediction, choice in
      Pair(
        itemID: item.id, truth: choice.map { item.truth[$0.truth] }, prediction: prediction,
        geometryScore: choice?.likeness ?? 0)
    }
    let missed = item.truth.enumerated().filter { !taken[$0.offset] && !$0.element.isCrowd }.map {
      Pair(itemID: item.id, truth: $0.element, prediction: nil, geometryScore: 0)
    }
    return found + missed
  }

  /// How often each label was taken for each, with background on both sides.
  public var confusion: ObjectConfusion { ObjectConfusion(pairs) }
}

/// How often each label of ground truth was predicted as each label. The last row and the last column are background:
/// predictions where nothing is, and objects that nobody predicted.
public struct ObjectConfusion: Sendable, Hashable, Codable {
  /// The labels in the order of their bytes; background, the last row and column, is not among them.
  public let labels: [String]
  /// Counts: true label (row), predicted label (column).
  public let counts: [[Int]]

  init(_ pairs: [ObjectMatching.Pair]) {
    var names: [[UInt8]: String] = [:]
    for pair in pairs {
      for label in [pair.truth?.label, pair.prediction?.label].compactMap(\.self) { names[label.labelKey] = label }
    }
    let sorted = names.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    let places = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($0.element.key, $0.offset) })
    var counts = [[Int]](repeating: [Int](repeating: 0, count: sorted.count + 1), count: sorted.count + 1)
    for pair in pairs {
      let row = pair.truth.flatMap { places[$0.label.labelKey] } ?? sorted.count
      let column = pair.prediction.flatMap { places[$0.label.labelKey] } ?? sorted.count
      counts[row][column] += 1
    }
    labels = sorted.map(\.value)
    self.counts = counts
  }

  /// Of a label: hits among all that were predicted so; `nil` if none was.
  public func precision(of index: Int) -> Double? {
    let predicted = counts.reduce(0) { $0 + $1[index] }
    return predicted == 0 ? nil : Double(counts[index][index]) / Double(predicted)
  }

  /// Of a label: hits among all objects of that label; `nil` if there is none.
  public func recall(of index: Int) -> Double? {
    let there = counts[index].reduce(0, +)
    return there == 0 ? nil : Double(counts[index][index]) / Double(there)
  }
}
