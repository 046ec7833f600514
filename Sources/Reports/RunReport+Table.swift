// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

extension RunReport {
  /// The variants as a table for a terminal, those on the front marked with a star.
  public var table: String {
    let columns: [TextTable.Column] = [
      .init(""), .init("variant"), .init("accuracy", .trailing), .init("95 % interval", .trailing),
      .init("median latency", .trailing), .init("95 % interval", .trailing), .init("p99", .trailing),
      .init("size", .trailing), .init("peak memory", .trailing),
    ]
    let rows = variants.map { row($0).map { $0.replacing(NumberText.narrowSpace, with: " ") } }
    return TextTable(columns: columns, rows: rows).render()
      + "\n★ on the Pareto front: no other variant is at once faster and more accurate"
  }

  private func row(_ variant: ReportedVariant) -> [String] {
    let measurement = variant.measurement
    return [
      variant.isOnFront ? "★" : "", variant.name,
      measurement.quality.map { NumberText.percent($0.accuracy) } ?? "not measured",
      measurement.quality.map { NumberText.percentInterval($0.accuracyInterval) } ?? "",
      NumberText.time(measurement.latency.summary.median), NumberText.timeInterval(measurement.latency.medianInterval),
      NumberText.time(measurement.latency.summary.p99), NumberText.bytes(measurement.model.byteCount),
      measurement.resources.peakResidentBytes.max().map(NumberText.bytes) ?? "",
    ]
  }
}
