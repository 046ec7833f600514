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
    for (name, column) in comparable {
      let values = Set(rows.map { shown($0[column]) }).sorted()
      guard values.count <= 1 else {
        throw refusal("they differ in \(name): \(values.joined(separator: ", "))")
      }
    }
    var points: [[Double]] = []
    for row in rows {
      guard let accuracy = row["accuracy"].number, let latency = row["latency_s"].number else {
        throw refusal("the quality of '\(row.variant)' was not measured")
      }
      points.append([latency, accuracy])
    }
    switch ParetoFront.positions(of: points, senses: [.minimize, .maximize]) {
    case .failure(let reason): throw refusal("\(reason)")
    case .success(let positions):
      return positions.sorted { (points[$0][0], rows[$0].id) < (points[$1][0], rows[$1].id) }.map { rows[$0] }
    }
  }

  private static let comparable = [
    ("task", "task"), ("target", "target"), ("hardware", "hardware"), ("data", "data_digest"), ("subset", "subset"),
    ("batch", "batch"), ("threads", "threads"),
  ]

  private static func shown(_ value: GoldenValue) -> String {
    value == .null ? "none" : value.text.flatMap(Digest.init(hex:))?.short ?? value.plain
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't compute a front of these rows", why: why,
      remedy: "Choose rows of one task, one target and one data set.")
  }
}
