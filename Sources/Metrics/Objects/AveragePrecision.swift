// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Average precision and recall of objects, as COCO defines them and pycocotools computes them.
///
/// Source: `pycocotools.cocoeval.COCOeval` (`evaluateImg`, `accumulate`, `summarize`), against which it is tested.
public struct AveragePrecision: Sendable, Hashable {
  /// What is counted.
  public struct Options: Sendable, Hashable {
    /// Smallest likeness of a hit; COCO's are 0.5, 0.55 … 0.95.
    public var thresholds: [Double]
    /// Only so many predictions of a label on an item count, the surest ones.
    public var maximumPredictions: Int
    /// Ground truth of other sizes is neither to be found nor a mistake; square pixels.
    public var areas: ClosedRange<Double>

    /// Creates options; the usual ones are COCO's.
    public init(
      thresholds: [Double] = coco, maximumPredictions: Int = 100, areas: ClosedRange<Double> = 0...1e10
    ) {
      self.thresholds = thresholds
      self.maximumPredictions = maximumPredictions
      self.areas = areas
    }

    /// COCO's ten thresholds, as NumPy's `linspace(.5, .95, 10)` gives them.
    public static let coco = (0..<9).map { 0.5 + Double($0) * ((0.95 - 0.5) / 9) } + [0.95]
    /// COCO's small objects: below 32² pixels.
    public static let small: ClosedRange<Double> = 0...1024
    /// COCO's middling objects.
    public static let medium: ClosedRange<Double> = 1024...9216
    /// COCO's large objects: above 96² pixels.
    public static let large: ClosedRange<Double> = 9216...1e10
  }

  /// One label at one threshold.
  public struct Curve: Sendable, Hashable {
    /// The label.
    public var label: String
    /// The smallest likeness of a hit.
    public var threshold: Double
    /// How many objects there are to find.
    public var truthCount: Int
    /// Recall after each prediction, the surest first.
    public var recalls: [Double]
    /// Precision after each prediction.
    public var precisions: [Double]
    /// Confidence of each prediction.
    public var confidences: [Double]
    /// The highest precision at or beyond each of the recalls 0, 0.01 … 1.
    public var interpolated: [Double]

    /// Mean of the interpolated precisions.
    public var averagePrecision: Double { interpolated.reduce(0, +) / Double(interpolated.count) }
    /// The recall that is reached in the end.
    public var recall: Double { recalls.last ?? 0 }
  }

  /// The curves: labels in the order of their bytes, of each the thresholds in their order. A label without ground truth
  /// has none.
  public let curves: [Curve]

  /// Mean over labels and thresholds; `nil` without ground truth. COCO's "AP".
  public var mean: Double? { Self.mean(curves.map(\.averagePrecision)) }
  /// Mean of the recalls that are reached; `nil` without ground truth. COCO's "AR".
  public var meanRecall: Double? { Self.mean(curves.map(\.recall)) }

  /// Mean over labels at one threshold; `nil` if there is no such curve.
  public func mean(at threshold: Double) -> Double? {
    Self.mean(curves.filter { abs($0.threshold - threshold) < 1e-9 }.map(\.averagePrecision))
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// Judges predictions.
  public init(of items: [EvaluatedItem], _ options: Options = Options()) {
    var names: [[UInt8]: String] = [:]
    for object in items.lazy.flatMap({ $0.truth + $0.predictions }) { names[object.label.labelKey] = object.label }
    var curves: [Curve] = []
    for (key, label) in names.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let matched = items.compactMap { item -> LabelMatching? in
        let truth = item.truth.filter { $0.label.labelKey == key }
        let predictions = item.predictions.filter { $0.label.labelKey == key }
        guard !truth.isEmpty || !predictions.isEmpty else { return nil }
        return LabelMatching(truth, predictions, diagonal: item.diagonal, options)
      }
      let count = matched.reduce(0) { $0 + $1.truthCount }
      guard count > 0 else { continue }
      for (place, threshold) in options.thresholds.enumerated() {
        curves.append(Self.curve(label, threshold, count, matched.flatMap { $0.outcomes[place] }))
      }
    }
    self.curves = curves
  }

  private static func curve(
    _ label: String, _ threshold: Double, _ count: Int, _ outcomes: [LabelMatching.Outcome]
  ) -> Curve {
    // Of equal confidences the order of items decides, as in NumPy's stable sort.
    let sorted = outcomes.enumerated().sorted {
      ($1.element.confidence, $0.offset) < ($0.element.confidence, $1.offset)
    }.map(\.element)
    var (hits, mistakes) = (0.0, 0.0)
    var (recalls, precisions, confidences): ([Double], [Double], [Double]) = ([], [], [])
    for outcome in sorted {
      if !outcome.isIgnored { if outcome.isHit { hits += 1 } else { mistakes += 1 } }
      recalls.append(hits / Double(count))
      precisions.append(hits / (hits + mistakes + Double.ulpOfOne))
      confidences.append(outcome.confidence)
    }
    var envelope = precisions
    for place in envelope.indices.dropLast().reversed() { envelope[place] = max(envelope[place], envelope[place + 1]) }
    var interpolated: [Double] = []
    var place = 0
    for step in 0...100 {
      let recall = Double(step) * 0.01
      while place < recalls.count, recalls[place] < recall { place += 1 }
      interpolated.append(place < envelope.count ? envelope[place] : 0)
    }
    return Curve(
      label: label, threshold: threshold, truthCount: count, recalls: recalls, precisions: precisions,
      confidences: confidences, interpolated: interpolated)
  }
}

/// Which predictions of one label on one item are hits.
private struct LabelMatching {
  struct Outcome {
    var confidence: Double
    var isHit: Bool
    var isIgnored: Bool
  }

  /// For each threshold, what became of each prediction, the surest first.
  private(set) var outcomes: [[Outcome]] = []
  /// Ground truth that is to be found.
  let truthCount: Int

  init(
    _ truth: [EvaluatedObject], _ predictions: [EvaluatedObject], diagonal: Double, _ options: AveragePrecision.Options
  ) {
    func isOutside(_ object: EvaluatedObject) -> Bool {
      // What has no area has no size to be chosen by.
      switch object.shape {
      case .whole, .point: false
      default: !options.areas.contains(object.shape.area)
      }
    }
    let marked = truth.map { (object: $0, isIgnored: $0.isCrowd || isOutside($0)) }
    // What counts comes first.
    let ordered = marked.filter { !$0.isIgnored } + marked.filter(\.isIgnored)
    let sure = predictions.enumerated().sorted {
      ($1.element.confidence, $0.offset) < ($0.element.confidence, $1.offset)
    }.map(\.element).prefix(options.maximumPredictions)
    truthCount = marked.count { !$0.isIgnored }
    let likeness = sure.map { prediction in
      ordered.map { prediction.shape.likeness(to: $0.object.shape, diagonal: diagonal, isCrowd: $0.object.isCrowd) }
    }
    for threshold in options.thresholds {
      var taken = [Bool](repeating: false, count: ordered.count)
      var list: [Outcome] = []
      for (prediction, alike) in zip(sure, likeness) {
        var best = min(threshold, 1 - 1e-10)
        var match: Int?
        for (place, entry) in ordered.enumerated() {
          if taken[place], !entry.object.isCrowd { continue }
          // A match that counts is not given up for one that doesn't.
          if let match, !ordered[match].isIgnored, entry.isIgnored { break }
          if alike[place] < best { continue }
          best = alike[place]
          match = place
        }
        if let match { taken[match] = true }
        list.append(
          Outcome(
            confidence: prediction.confidence, isHit: match != nil,
            isIgnored: match.map { ordered[$0].isIgnored } ?? isOutside(prediction)))
      }
      outcomes.append(list)
    }
  }
}
