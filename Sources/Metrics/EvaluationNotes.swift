// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What a reader of the figures must know.
struct EvaluationNotes {
  private let items: EvaluatedItems
  private let counts: ClassCounts
  private let labels: [String]
  private let unseen: [Int]
  private let unanswered: [Int]
  private let averaged: [Int]

  /// What concerns more than one metric.
  let general: [String]

  init(_ items: EvaluatedItems, _ counts: ClassCounts, labels: [String]) {
    self.items = items
    self.counts = counts
    self.labels = labels
    averaged = items.averaged(counts)
    unseen = averaged.filter { counts.support[$0] == 0 }
    unanswered = averaged.filter { counts.answered[$0] == 0 }
    var general: [String] = []
    if items.count < ClassificationEvaluation.fewestItems {
      general.append(
        "n too small: \(items.count) items; fewer than \(ClassificationEvaluation.fewestItems) say little")
    }
    let rare = labels.indices.filter { (1..<ClassificationEvaluation.fewestItemsOfClass).contains(counts.support[$0]) }
    if !rare.isEmpty {
      general.append(
        "n too small: fewer than \(ClassificationEvaluation.fewestItemsOfClass) items of \(Self.names(rare, labels))")
    }
    let absent = labels.indices.filter { counts.support[$0] == 0 }
    if !absent.isEmpty { general.append("no item of \(Self.names(absent, labels))") }
    let silent = labels.indices.filter { counts.answered[$0] == 0 }
    if !silent.isEmpty { general.append("never answered: \(Self.names(silent, labels))") }
    if averaged.count < labels.count {
      general.append(
        "macro means leave out \(labels.count - averaged.count) classes that occur in neither truth nor answers")
    }
    if items.scores == nil { general.append("not all items have scores, so what needs scores is not computed") }
    self.general = general
  }

  /// What concerns one metric.
  func notes(on metric: ClassificationMetric, _ value: Double?) -> [String] {
    switch metric {
    case .precisionMacro, .precisionWeighted: division("precision", unanswered, "never answered")
    case .recallMacro, .recallWeighted: division("recall", unseen, "without an item")
    case .f1Macro, .f1Weighted:
      division("F1", unseen.filter { unanswered.contains($0) }, "without an item and never answered")
    case .gMean where !unseen.isEmpty:
      ["0 because \(Self.names(unseen, labels)) was answered but has no item; imbalanced-learn counts it too"]
    case .rocAUC, .rocAUCWeighted: areas(\.hasBoth, "without items, or without items of other classes", value)
    case .averagePrecision: areas(\.hasPositive, "without items", value)
    case .logLoss, .brier, .calibrationError:
      items.scores != nil && value == nil ? ["needs probabilities, and the scores are unbounded"] : []
    default: []
    }
  }

  private func division(_ figure: String, _ classes: [Int], _ why: String) -> [String] {
    guard !classes.isEmpty else { return [] }
    let what =
      switch items.options.zeroDivision {
      case .zero: "counts as 0"
      case .one: "counts as 1"
      case .excluded: "is left out"
      }
    return ["zero division: the \(figure) of \(Self.names(classes, labels)) \(what): \(why)"]
  }

  private struct Presence {
    var hasPositive: Bool
    var hasBoth: Bool
  }

  private func areas(_ test: KeyPath<Presence, Bool>, _ why: String, _ value: Double?) -> [String] {
    guard items.scores != nil else { return [] }
    let missing = labels.indices.filter {
      let support = counts.support[$0]
      let presence = Presence(hasPositive: support > 0, hasBoth: support > 0 && support < items.count)
      return !presence[keyPath: test] && (!items.isBinary || $0 == 1)
    }
    guard !missing.isEmpty else { return [] }
    if value == nil { return ["not defined: \(Self.names(missing, labels)) \(why)"] }
    let isSubstituted = test == \.hasPositive && (items.isBinary || items.task == .multiLabel)
    guard isSubstituted, let substitute = items.options.zeroDivision.value else {
      return ["left out: \(Self.names(missing, labels)), \(why)"]
    }
    return ["zero division: \(Self.names(missing, labels)) counts as \(Int(substitute)): \(why)"]
  }

  /// The first names, and how many more there are.
  private static func names(_ classes: [Int], _ labels: [String]) -> String {
    let shown = classes.prefix(5).map { "'\(labels[$0])'" }.joined(separator: ", ")
    return classes.count > 5 ? "\(shown) and \(classes.count - 5) more" : shown
  }
}
