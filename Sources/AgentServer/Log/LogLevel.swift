// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How much a line of the agent's log matters.
public enum LogLevel: String, Sendable, Hashable, CaseIterable, Comparable, Codable {
  case trace, debug, info, notice, warning, error

  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

  private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
