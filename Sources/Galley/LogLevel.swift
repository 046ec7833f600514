// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How much a line of a log matters.
public enum LogLevel: String, Sendable, Hashable, CaseIterable, Comparable, Codable {
  case trace, debug, info, notice, warning, error

  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

  /// All levels for people, the least first.
  public static var words: String { allCases.map(\.rawValue).joined(separator: ", ") }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
