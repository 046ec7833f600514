// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ClassificationMetric: CustomStringConvertible {
  /// The name in recipes, options and reports: `f1-macro`.
  public var name: String {
    switch self {
    case .accuracy: "accuracy"
    case .topKAccuracy(let k): "top-\(k)-accuracy"
    case .balancedAccuracy: "balanced-accuracy"
    case .precisionMacro: "precision-macro"
    case .precisionMicro: "precision-micro"
    case .precisionWeighted: "precision-weighted"
    case .recallMacro: "recall-macro"
    case .recallMicro: "recall-micro"
    case .recallWeighted: "recall-weighted"
    case .f1Macro: "f1-macro"
    case .f1Micro: "f1-micro"
    case .f1Weighted: "f1-weighted"
    case .gMean: "g-mean"
    case .rocAUC: "roc-auc"
    case .rocAUCWeighted: "roc-auc-weighted"
    case .averagePrecision: "average-precision"
    case .logLoss: "log-loss"
    case .brier: "brier"
    case .calibrationError: "calibration-error"
    case .hammingLoss: "hamming-loss"
    }
  }

  /// Other names under which people know the metric.
  public var aliases: [String] {
    switch self {
    case .accuracy: ["acc", "top-1", "top-1-accuracy", "subset-accuracy", "exact-match"]
    case .topKAccuracy(let k): ["top-\(k)"]
    case .balancedAccuracy: ["uar"]
    case .precisionMacro: ["precision"]
    case .recallMacro: ["recall", "sensitivity", "sensitivity-macro"]
    case .recallMicro: ["sensitivity-micro"]
    case .recallWeighted: ["sensitivity-weighted"]
    case .f1Macro: ["f1", "macro-f1", "f1-score"]
    case .f1Micro: ["micro-f1"]
    case .f1Weighted: ["weighted-f1"]
    case .gMean: ["geometric-mean"]
    case .rocAUC: ["auc", "auroc", "roc-auc-macro"]
    case .averagePrecision: ["map", "mean-average-precision", "average-precision-macro", "auprc"]
    case .logLoss: ["nll", "cross-entropy"]
    case .brier: ["brier-score"]
    case .calibrationError: ["ece", "expected-calibration-error"]
    default: []
    }
  }

  public var description: String { name }

  /// The metric with this name or alias; case, hyphens, underscores and spaces don't count: `val_f1` is none, `F1_macro`
  /// is one. `nil` if there is none.
  public init?(name: String) {
    let wanted = Self.plain(name)
    if let metric = Self.all.first(where: { ([$0.name] + $0.aliases).contains { Self.plain($0) == wanted } }) {
      self = metric
      return
    }
    guard wanted.hasPrefix("top") else { return nil }
    var digits = wanted.dropFirst(3)
    if digits.hasSuffix("accuracy") { digits = digits.dropLast(8) }
    guard let k = Int(digits), k > 1 else { return nil }
    self = .topKAccuracy(k)
  }

  /// The metric with this name or alias.
  /// - Throws: `GalleyError` with the nearest name if there is none.
  public static func named(_ name: String) throws(GalleyError) -> ClassificationMetric {
    if let metric = ClassificationMetric(name: name) { return metric }
    let near = NearestName.match(name, in: all.flatMap { [$0.name] + $0.aliases })
    throw GalleyError(
      .configuration, "can't choose a metric", why: "there is no metric '\(name)'",
      remedy: near.map { "Did you mean '\($0)'?" } ?? "Metrics: \(all.map(\.name).joined(separator: ", ")).")
  }

  private static func plain(_ name: String) -> String {
    name.lowercased().filter { $0 != "-" && $0 != "_" && $0 != " " }
  }
}

extension ClassificationMetric: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let metric = ClassificationMetric(name: name) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "there is no metric '\(name)'")
    }
    self = metric
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(name)
  }
}
