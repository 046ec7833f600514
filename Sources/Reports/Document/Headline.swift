// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// What a run found, in words. A difference is claimed only where its interval or its test shows one.
package struct Headline: Sendable, Hashable {
  /// The finding.
  package let sentence: String
  /// The figures behind it; empty if the finding has them.
  package let support: String
  /// What weakens it; empty if nothing does.
  package let doubts: [String]

  init(sentence: String, support: String, doubts: [String]) {
    (self.sentence, self.support, self.doubts) = (sentence, support, doubts)
  }

  package init(_ report: RunReport) {
    if let rehearsal = report.rehearsal {
      self.init(rehearsal, warnings: report.warnings)
      return
    }
    let finding = Self.best(report)
    let unclean = report.variants.filter { !$0.measurement.verdict.isClean }.map(\.name)
      .filter { name in !report.warnings.contains { $0.contains(name) } }
    let marks =
      unclean.isEmpty
      ? [] : ["The measurement was disturbed for \(unclean.joined(separator: ", ")); the marks stand under Speed."]
    self.init(
      sentence: finding?.headline ?? Self.summary(report), support: finding?.figures ?? "",
      doubts: report.warnings + marks)
  }

  private static func best(_ report: RunReport) -> ComparisonFinding? {
    let findings = report.comparisons.compactMap { ComparisonFinding($0, in: report) }
    return findings.enumerated().max { ($0.element.rank, $1.offset) < ($1.element.rank, $0.offset) }?.element
  }

  private static func summary(_ report: RunReport) -> String {
    let variants = report.variants
    guard let fastest = variants.min(by: { $0.median < $1.median }) else { return "Nothing was measured." }
    guard let best = variants.filter({ $0.accuracy != nil }).max(by: { ($0.accuracy ?? 0) < ($1.accuracy ?? 0) }) else {
      return "\(fastest.name) has a median latency of \(fastest.latencyText); no accuracy was measured."
    }
    if best.name == fastest.name {
      return "\(best.name) reaches \(best.accuracyText) at a median latency of \(best.latencyText)."
    }
    return "\(best.name) is the most accurate with \(best.accuracyText) at \(best.latencyText); "
      + "\(fastest.name) is the fastest with \(fastest.latencyText) and \(fastest.accuracyText)."
  }
}

extension ReportedVariant {
  /// Median latency in seconds.
  var median: Double { measurement.latency.summary.median }
  /// Accuracy, if it was measured.
  var accuracy: Double? { measurement.quality?.accuracy }
  /// The accuracy with its interval.
  var accuracyText: String {
    guard let quality = measurement.quality else { return "no measured accuracy" }
    return "\(NumberText.percent(quality.accuracy)) accuracy (\(NumberText.percentInterval(quality.accuracyInterval)))"
  }
  /// The median latency with its interval.
  var latencyText: String {
    "\(NumberText.time(median)) (\(NumberText.timeInterval(measurement.latency.medianInterval)))"
  }
  /// Largest resident memory of all processes, in bytes.
  var peakResidentBytes: Int { measurement.resources.peakResidentBytes.max() ?? 0 }
}
