// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Reports
internal import Statistics

extension BenchResult {
  /// The result as a report: page, Markdown, JSON.
  /// - Parameter outputs: files that the bench left for the user.
  public func report(outputs: [ReportedOutput] = []) -> RunReport {
    let measured = rows.filter { $0.measurement != nil }
    let front = Self.front(of: measured)
    let variants = measured.enumerated().compactMap { index, row in
      row.measurement.map { variant(row, $0, isOnFront: front.contains(index)) }
    }
    let models = Set(rows.map(\.combination.model)).sorted()
    var report = RunReport(
      title: "Bench of \(models.joined(separator: ", "))", startedAt: startedAt, endedAt: endedAt, command: command,
      galleyVersion: galleyVersion, variants: variants, outputs: outputs)
    report.bench = ReportedBench(
      rows: measured.map(figures), refused: failures + refused.map(Self.refusal), notes: notes)
    if !variants.isEmpty, variants.allSatisfy({ $0.measurement.quality == nil }) {
      report.warnings.append("Quality was not measured: there is no labelled data, so the verdict is: not judged.")
    }
    return report
  }

  private func variant(_ row: BenchRow, _ measurement: Measurement, isOnFront: Bool) -> ReportedVariant {
    ReportedVariant(
      name: shortName(row.combination), differences: [], recipeDigest: nil, architecture: row.combination.model,
      training: nil, certificate: nil, optimizationNotes: row.conversion, measurement: measurement,
      isOnFront: isOnFront)
  }

  /// A combination by what tells it from the others.
  private func shortName(_ combination: BenchCase) -> String {
    func differs<Part: Hashable>(_ part: (BenchCase) -> Part) -> Bool {
      Set(rows.map { part($0.combination) }).count > 1
    }
    let parts = [
      differs(\.model) ? combination.model : nil, combination.precision.rawValue,
      differs(\.runtime) ? "in \(combination.runtime)" : nil,
      differs(\.threads) ? "\(combination.threads) threads" : nil,
      differs(\.batch) ? "batch \(combination.batch)" : nil,
    ]
    return parts.compactMap { $0 }.joined(separator: " ")
  }

  private func figures(_ row: BenchRow) -> ReportedBench.Row {
    let remark = row.differenceNote ?? row.difference.map(\.worstOutput) ?? "reference"
    return ReportedBench.Row(
      variant: shortName(row.combination), samplesPerSecond: row.throughput?.samplesPerSecond,
      sessions: row.throughput?.sessions, worstDifference: row.difference?.worst,
      worstShare: row.difference?.worstOfRange, meanDifference: row.difference?.mean, remark: remark)
  }

  private var failures: [ReportedBench.Refusal] {
    rows.compactMap { row in row.failure.map { ReportedBench.Refusal(what: shortName(row.combination), reason: $0) } }
  }

  private static func refusal(_ refused: RefusedCase) -> ReportedBench.Refusal {
    ReportedBench.Refusal(what: refused.combination.name, reason: refused.reason)
  }

  /// The rows that no other row of the same model beats in latency for one sample and in accuracy at once.
  private static func front(of rows: [BenchRow]) -> Set<Int> {
    var front: Set<Int> = []
    for model in Set(rows.map(\.combination.model)) {
      let own = rows.indices.filter { rows[$0].combination.model == model && rows[$0].measurement?.quality != nil }
      let points = own.compactMap { index -> [Double]? in
        guard let measurement = rows[index].measurement, let quality = measurement.quality else { return nil }
        return [measurement.latency.summary.median / Double(rows[index].combination.batch), quality.accuracy]
      }
      guard points.count == own.count,
        case .success(let positions) = ParetoFront.positions(of: points, senses: [.minimize, .maximize])
      else { continue }
      front.formUnion(positions.map { own[$0] })
    }
    return front
  }
}
