// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Foundation
import Statistics

/// One line of the report: a figure beside its peer's and the bound on their ratio.
public struct Finding: Encodable {
  var name: String
  var unit: String
  var galley: Double
  var peer: Double
  var ratio: Double
  var interval: Interval?
  var bound: Double
  var kind: Kind
  var repetitions: Int

  /// What the bound applies to: the ratio (at most, at least, or its distance from 1), the difference, or Galley's figure
  /// alone.
  public enum Kind: String, Encodable { case ratio, atLeast, distance, difference, absolute }

  /// Whether the bound holds.
  public var holds: Bool {
    switch kind {
    case .ratio: ratio <= bound
    case .atLeast: ratio >= bound
    case .distance: abs(ratio - 1) <= bound
    case .difference: galley - peer <= bound
    case .absolute: galley <= bound
    }
  }

  /// Compares pairs that were measured side by side: the median of their ratios, with a bootstrap interval.
  public init(
    _ name: String, unit: String, pairs: [(galley: Double, peer: Double)], bound: Double, kind: Kind = .ratio,
    repetitions: Int? = nil
  ) {
    let median = { (values: [Double]) in Percentile.median(values) ?? .nan }
    let ratios = pairs.map { $0.galley / $0.peer }
    self.name = name
    self.unit = unit
    self.bound = bound
    self.kind = kind
    self.repetitions = repetitions ?? pairs.count
    galley = median(pairs.map(\.galley))
    peer = median(pairs.map(\.peer))
    ratio = median(ratios)
    interval = Interval.bootstrap(ratios, seed: 1, statistic: median)
  }
}

/// The table on standard output and the JSON beside it.
public enum Report {
  /// The table.
  public static func table(_ findings: [Finding]) -> String {
    var lines = [row("what", "Galley", "peer", "ratio (95 %)", "bound", "n", "holds")]
    for finding in findings {
      let interval = finding.interval.map { " (\(text($0.lower))–\(text($0.upper)))" } ?? ""
      let peer = finding.kind == .absolute ? "–" : "\(text(finding.peer)) \(finding.unit)"
      let ratio = finding.kind == .absolute ? "–" : text(finding.ratio) + interval
      let bound =
        switch finding.kind {
        case .ratio: "≤ \(text(finding.bound))×"
        case .atLeast: "≥ \(text(finding.bound))×"
        case .distance: "1 ± \(text(finding.bound))"
        case .difference: "≤ peer + \(text(finding.bound)) \(finding.unit)"
        case .absolute: "≤ \(text(finding.bound)) \(finding.unit)"
        }
      lines.append(
        row(
          finding.name, "\(text(finding.galley)) \(finding.unit)", peer, ratio, bound, "\(finding.repetitions)",
          finding.holds ? "yes" : "NO"))
    }
    return lines.joined(separator: "\n")
  }

  private static func row(_ cells: String...) -> String {
    zip(cells, [40, 11, 11, 22, 18, 8, 5]).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
      .joined(separator: " ")
  }

  private static func text(_ value: Double) -> String {
    String(format: abs(value) >= 100 ? "%.1f" : "%.3f", value)
  }

  /// The same in JSON.
  public static func json(_ findings: [Finding]) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    return try encoder.encode(findings)
  }
}
