// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Pantry
internal import Statistics

/// What earlier runs left in the pantry, by kind of stage.
struct EarlierStages {
  private let pantry: Pantry
  private var records: [String: [StageRecord]] = [:]

  init(_ pantry: Pantry) { self.pantry = pantry }

  /// The records of stages of this kind.
  mutating func records(of stage: String) -> [StageRecord] {
    if let known = records[stage] { return known }
    let found = pantry.records(ofStage: stage).sorted { ($0.finished, $0.key) > ($1.finished, $1.key) }
    records[stage] = found
    return found
  }

  /// The earlier stages that are most like one, and what differs, the latest first. Those that don't say what they
  /// depended on come only if there is no other.
  mutating func nearest(
    _ stage: String, _ parts: [String: String], ignoring unknown: Set<String>
  ) -> [(record: StageRecord, differences: [PartDifference])] {
    let compared = records(of: stage).compactMap { record in
      record.parts.map { before in
        (record, PartComparison(before: before, now: parts, ignoring: unknown).differences)
      }
    }
    guard let least = compared.map(\.1.count).min() else { return records(of: stage).map { ($0, []) } }
    return compared.filter { $0.1.count == least }
  }

  /// How long a stage may take: the median of the most similar ones, scaled by the amount of work where that is known.
  static func time(_ stage: String, _ parts: [String: String], like records: [StageRecord]) -> TimeEstimate? {
    let amount = amount(of: stage, parts)
    var isScaled = false
    let seconds = records.map { record in
      guard let amount, let before = record.parts.flatMap({ Self.amount(of: stage, $0) }), before > 0,
        amount != before
      else { return record.seconds }
      isScaled = true
      return record.seconds * amount / before
    }
    guard let median = Percentile.median(seconds) else { return nil }
    return TimeEstimate(seconds: median, samples: seconds.count, isScaled: isScaled)
  }

  /// The most memory that the most similar stages held, in bytes.
  static func memory(like records: [StageRecord]) -> Int? { records.compactMap(\.peakMemoryBytes).max() }

  /// What a stage's time is roughly proportional to: epochs, or processes of all variants.
  private static func amount(of stage: String, _ parts: [String: String]) -> Double? {
    switch stage {
    case "train":
      return PartComparison.number("epochs", of: parts["trainer"])
    case "measure":
      let variants = parts.keys.count { $0.hasPrefix("runtime.") && $0 != "runtime.version" }
      return PartComparison.number("processes", of: parts["measurement"]).map { $0 * Double(variants) }
    default:
      return nil
    }
  }
}
