// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Images

/// What a model expects and what its answers mean, each value with its origin. Nothing here is a guess: what nobody
/// says, and what doesn't follow from the model itself, stays unknown with the reason.
public struct ModelExpectation: Sendable, Hashable, Codable {
  /// What the model is for: `classification`, `detection` and the like.
  public var task: Expected<String>
  /// The order of the input's dimensions.
  public var layout: Expected<Preprocessing.Layout>
  /// The size of the images that the model takes.
  public var size: Expected<ImageSize>
  /// How pixels' values become the model's.
  public var normalization: Expected<Normalization>
  /// The order of the channels.
  public var colorOrder: Expected<ColorOrder>
  /// How an image comes to that size.
  public var resizing: Expected<Resizing>
  /// What the scores are.
  public var output: Expected<OutputMeaning>
  /// The classes' names in the order of the scores.
  public var labels: Expected<[String]>
  /// Facts that a reader should know.
  public var notes: [String]

  /// The preprocessing, if both its layout and its normalization are known.
  public var preprocessing: Preprocessing? {
    guard let layout = layout.value, let normalization = normalization.value else { return nil }
    return Preprocessing(
      layout: layout, scale: normalization.scale, mean: normalization.mean, deviation: normalization.deviation,
      fit: fit, colors: colors)
  }

  private var colors: Preprocessing.Colors {
    switch colorOrder.value {
    case .rgb?: .rgb
    case .bgr?: .bgr
    case .gray?: .gray
    case nil: .stored
    }
  }

  /// How images come to the input's size; `nil` if the size or the rule is unknown, or is one that isn't executed here.
  private var fit: ImageFit? {
    guard let size = size.value, let resizing = resizing.value,
      let rule = ImageFit.Rule(rawValue: resizing.rule.rawValue)
    else { return nil }
    let whole = resizing.size ?? size
    return ImageFit(
      size: Images.PixelSize(width: whole.width, height: whole.height), rule: rule,
      kernel: resizing.kernel.flatMap { ResizeKernel(rawValue: $0.rawValue) } ?? .bilinear,
      antialias: resizing.antialias ?? true, padding: resizing.padding ?? [114],
      crop: resizing.size == nil ? nil : Images.PixelSize(width: size.width, height: size.height),
      arithmetic: resizing.arithmetic.flatMap { ResizeArithmetic(rawValue: $0.rawValue) } ?? .pillow)
  }

  /// Why quality can't be measured, as clauses; empty if all that it needs is known.
  public var missingForQuality: [String] {
    [
      layout.reason.map { "the input's layout is unknown: \($0)" },
      normalization.reason.map { "the preprocessing is unknown: \($0)" },
      output.reason.map { "the meaning of the output is unknown: \($0)" },
      labels.reason.map { "the classes are unknown: \($0)" },
    ].compactMap { $0 }
  }

  /// The places where sources contradict each other, each in a sentence that names the winner.
  public var conflicts: [String] {
    Self.conflicts("task", task) { $0 } + Self.conflicts("layout", layout) { $0.rawValue.uppercased() }
      + Self.conflicts("input size", size) { $0.description }
      + Self.conflicts("preprocessing", normalization) { $0.description }
      + Self.conflicts("colour order", colorOrder) { $0.rawValue }
      + Self.conflicts("resizing", resizing) { $0.description }
      + Self.conflicts("meaning of the output", output) { $0.rawValue }
      + Self.conflicts("classes", labels, ModelExpectation.text)
  }

  private static func conflicts<Value>(
    _ name: String, _ expected: Expected<Value>, _ text: (Value) -> String
  ) -> [String] {
    guard let winner = expected.claim else { return [] }
    return expected.overruled.map { loser in
      "\(name): \(winner.origin) says \(text(winner.value)), \(loser.origin) says \(text(loser.value)); "
        + "the former is used."
    }
  }

  /// A list of labels that fits a line: the first few and the number of all.
  static func text(_ labels: [String]) -> String {
    let shown = labels.prefix(5).map { $0.onOneLine(atMost: 40) }.joined(separator: ", ")
    return labels.count > 5 ? "\(shown), … (\(labels.count) classes)" : "\(shown) (\(labels.count) classes)"
  }

  /// The values with their origins for a table: name, value, origin or reason.
  public var rows: [[String]] {
    [
      Self.row("task", task) { $0 }, Self.row("layout", layout) { $0.rawValue.uppercased() },
      Self.row("input size", size) { $0.description },
      Self.row("preprocessing", normalization) { $0.description },
      Self.row("colour order", colorOrder) { $0.rawValue }, Self.row("resizing", resizing) { $0.description },
      Self.row("output", output) { $0.rawValue }, Self.row("classes", labels, ModelExpectation.text),
    ]
  }

  private static func row<Value>(_ name: String, _ expected: Expected<Value>, _ text: (Value) -> String) -> [String] {
    [name, expected.value.map(text) ?? "unknown", expected.origin?.detail ?? expected.reason ?? ""]
      .map { $0.onOneLine(atMost: 400) }
  }
}
