// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a column's numbers are counted in.
public enum GoldenUnit: String, Sendable, Hashable, Codable, CaseIterable {
  /// A text.
  case none = ""
  /// A number of things.
  case count
  /// A part of one.
  case fraction
  case seconds = "s"
  case bytes = "B"
  case joules = "J"
  case watts = "W"
  case hertz = "Hz"
  case perSecond = "1/s"
  /// Processor time divided by time that passed.
  case cores
  /// Multiply-accumulate operations.
  case operations = "MAC"
  /// Seconds since 1970-01-01 00:00 UTC.
  case instant = "s since 1970"

  /// Spellings of units with what one of them amounts to in this unit.
  var spellings: [(name: String, factor: Double)] {
    switch self {
    case .seconds: [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("min", 60), ("h", 3600)]
    case .bytes:
      [
        ("B", 1), ("bytes", 1), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("KiB", 1024), ("MiB", 1_048_576),
        ("GiB", 1_073_741_824),
      ]
    case .joules: [("uJ", 1e-6), ("µJ", 1e-6), ("mJ", 1e-3), ("J", 1), ("j", 1), ("kJ", 1e3)]
    case .watts: [("mW", 1e-3), ("W", 1), ("w", 1)]
    case .hertz: [("Hz", 1), ("hz", 1), ("kHz", 1e3), ("MHz", 1e6), ("GHz", 1e9)]
    case .perSecond: [("per_s", 1), ("1/s", 1), ("fps", 1), ("ips", 1)]
    case .fraction: [("%", 0.01), ("percent", 0.01)]
    case .none, .count, .cores, .operations, .instant: []
    }
  }

  /// The spelling that examples use.
  var usual: String {
    switch self {
    case .seconds: "ms"
    case .bytes: "MB"
    case .joules: "mJ"
    default: rawValue
    }
  }

  /// What one of a spelling amounts to in this unit.
  func factor(of spelling: String) -> Double? { spellings.first { $0.name == spelling }?.factor }

  /// Whether bare numbers could mean several things.
  var isAmbiguous: Bool { [.seconds, .bytes, .joules, .watts, .hertz].contains(self) }
}
