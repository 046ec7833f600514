// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley
internal import Statistics

/// The front of rows that can be compared.
public enum GoldenFront {
  /// The rows than which no other is at once faster (median latency) and more accurate, fastest first; rows that are
  /// equal in both are all kept.
  /// - Throws: `GalleyError` if the rows differ in task, target, hardware, runtime threads, batch or data, naming what
  ///   differs, or if a row has no accuracy: a front of such rows would mean nothing.
  public static func front(of rows: [GoldenRow]) throws(GalleyError) -> [GoldenRow] {
    for (name, value) in comparable {
      let values = Set(rows.map(value)).sorted()
      guard values.count <= 1 else {
        throw refusal("they differ in \(name): \(values.joined(separator: ", "))")
      }
    }
    var points: [[Double]] = []
    for row in rows {
      guard let quality = row.measurement.quality else {
        throw refusal("the quality of '\(row.variant)' was not measured")
      }
      points.append([row.measurement.latency.summary.median, quality.accuracy])
    }
    switch ParetoFront.positions(of: points, senses: [.minimize, .maximize]) {
    case .failure(let reason): throw refusal("\(reason)")
    case .success(let positions):
      return positions.map { rows[$0] }.sorted {
        ($0.measurement.latency.summary.median, $0.id) < ($1.measurement.latency.summary.median, $1.id)
      }
    }
  }

  private static let comparable: [(String, @Sendable (GoldenRow) -> String)] = [
    ("task", { $0.task }), ("target", { $0.target }), ("hardware", { $0.measurement.environment.processor }),
    ("data", { $0.dataDigest.short }), ("subset", { $0.measurement.conditions.subset?.rawValue ?? "samples" }),
    ("batch", { "\($0.measurement.conditions.batch)" }), ("threads", { "\($0.measurement.conditions.threads)" }),
  ]

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't compute a front of these rows", why: why,
      remedy: "Choose rows of one task, one target and one data set.")
  }
}
