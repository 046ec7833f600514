// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

internal import Reports

/// What distinguishes two runs: choices, figures, tools.
public struct RunDifference: Sendable, Hashable, Encodable {
  /// A value of one run beside that of the other; `nil` where a run has none.
  public struct Value: Sendable, Hashable, Encodable {
    /// Where it belongs: `trainer.epochs`, `libtorch`.
    public var path: String
    /// In the first run.
    public var first: String?
    /// In the second run.
    public var second: String?

    package init(path: String, first: String?, second: String?) {
      (self.path, self.first, self.second) = (path, first, second)
    }
  }

  /// A figure of both runs.
  public struct Figure: Sendable, Hashable, Encodable {
    /// Its name: `accuracy`, `median latency`, `model size`.
    public var name: String
    /// In the first run.
    public var first: Double
    /// In the second run.
    public var second: Double
    /// The interval of the first.
    public var firstInterval: Interval?
    /// The interval of the second.
    public var secondInterval: Interval?
    /// Whether the intervals overlap; without intervals, whether the figures are equal.
    public var agrees: Bool
  }

  /// A variant of both runs.
  public struct Variant: Sendable, Hashable, Encodable {
    /// Its name; two names if each run has one variant of another name.
    public var name: String
    /// Choices that differ.
    public var choices: [Value]
    /// The figures of both, as far as both have some.
    public var figures: [Figure]
  }

  /// The first run's id.
  public var first: String
  /// The second run's id.
  public var second: String
  /// Variants of both runs, in the first one's order.
  public var variants: [Variant]
  /// Variants that only the first run has.
  public var onlyInFirst: [String]
  /// Variants that only the second run has.
  public var onlyInSecond: [String]
  /// Tools that differ.
  public var tools: [Value]

  /// Compares two runs. Variants belong together by name; a run's only variant belongs to the other's only one.
  public init(_ first: RunRecord, _ second: RunRecord) {
    self.first = first.id
    self.second = second.id
    var pairs: [(RunRecord.Variant, RunRecord.Variant)] = first.variants.compactMap { variant in
      second.variants.first { $0.name == variant.name }.map { (variant, $0) }
    }
    if pairs.isEmpty, first.variants.count == 1, second.variants.count == 1 {
      pairs = Array(zip(first.variants, second.variants))
    }
    variants = pairs.map(Variant.init)
    let (left, right) = (Set(pairs.map(\.0.name)), Set(pairs.map(\.1.name)))
    onlyInFirst = first.variants.map(\.name).filter { !left.contains($0) }
    onlyInSecond = second.variants.map(\.name).filter { !right.contains($0) }
    tools = Self.values(first.tools, second.tools)
  }

  static func values(_ first: [String: String], _ second: [String: String]) -> [Value] {
    Set(first.keys).union(second.keys).sorted().filter { first[$0] != second[$0] }
      .map { Value(path: $0, first: first[$0], second: second[$0]) }
  }
}

extension RunDifference.Variant {
  fileprivate init(_ first: RunRecord.Variant, _ second: RunRecord.Variant) {
    name = first.name == second.name ? first.name : "\(first.name) / \(second.name)"
    choices = RunDifference.values(Self.choices(first.recipe), Self.choices(second.recipe))
    figures = first.figures.flatMap { left in second.figures.map { Self.figures(left, $0) } } ?? []
  }

  /// A canonical text's leaves by path, as a person would write them: `slots.trainer.options.epochs` is
  /// `trainer.epochs`.
  private static func choices(_ recipe: String) -> [String: String] {
    let leaves = PartComparison.values(recipe).map { path, value in
      (path.split(separator: ".").filter { $0 != "slots" && $0 != "options" }.joined(separator: "."), value)
    }
    return Dictionary(leaves, uniquingKeysWith: { first, _ in first })
  }

  private static func figures(_ first: RunRecord.Figures, _ second: RunRecord.Figures) -> [RunDifference.Figure] {
    var figures: [RunDifference.Figure] = []
    if let left = first.accuracy, let right = second.accuracy {
      figures.append(.init("accuracy", left, right, first.accuracyInterval, second.accuracyInterval))
    }
    figures.append(
      .init(
        "median latency", first.medianLatency, second.medianLatency, first.latencyInterval, second.latencyInterval))
    figures.append(.init("model size", Double(first.modelBytes), Double(second.modelBytes), nil, nil))
    return figures
  }
}

extension RunDifference.Figure {
  fileprivate init(_ name: String, _ first: Double, _ second: Double, _ left: Interval?, _ right: Interval?) {
    self.init(
      name: name, first: first, second: second, firstInterval: left, secondInterval: right,
      agrees: left.flatMap { left in right.map { left.lower <= $0.upper && $0.lower <= left.upper } }
        ?? (first == second))
  }
}

extension RunDifference {
  /// The difference for a terminal.
  public var text: String {
    var lines = ["\(first) → \(second)"]
    for variant in variants {
      lines.append("\n\(variant.name)" + (variant.choices.isEmpty ? ": the same recipe" : ""))
      lines += variant.choices.map { "  \($0.path): \($0.first ?? "nothing") → \($0.second ?? "nothing")" }
      lines += variant.figures.map { "  \($0.text)" }
    }
    if !onlyInFirst.isEmpty { lines.append("\nonly in the first: \(onlyInFirst.joined(separator: ", "))") }
    if !onlyInSecond.isEmpty { lines.append("\nonly in the second: \(onlyInSecond.joined(separator: ", "))") }
    lines.append(tools.isEmpty ? "\nThe same tools." : "\ntools")
    lines += tools.map { "  \($0.path): \($0.first ?? "nothing") → \($0.second ?? "nothing")" }
    return lines.joined(separator: "\n").replacing(NumberText.narrowSpace, with: " ")
  }
}

extension RunDifference.Figure {
  fileprivate var text: String {
    "\(name) \(shown(first, firstInterval)) → \(shown(second, secondInterval)): "
      + (firstInterval == nil || secondInterval == nil
        ? (agrees ? "equal" : "differs") : agrees ? "agree within their intervals" : "differ beyond their intervals")
  }

  private func shown(_ value: Double, _ interval: Interval?) -> String {
    switch name {
    case "accuracy":
      NumberText.percent(value) + (interval.map { " (\(NumberText.percentInterval($0)))" } ?? "")
    case "median latency":
      NumberText.time(value) + (interval.map { " (\(NumberText.timeInterval($0)))" } ?? "")
    default: NumberText.bytes(Int(value))
    }
  }
}
