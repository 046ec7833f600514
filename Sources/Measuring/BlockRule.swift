// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How long one turn of a variant lasts when several take turns.
public struct BlockRule: Sendable, Hashable, Codable {
  /// Least repetitions in a turn, if they fit in ``longest``.
  public var minimumRepetitions: Int
  /// Least time of a turn, in seconds.
  public var minimumSeconds: Double
  /// Longest time of a turn, in seconds; work that is slower than that is done once or more, for `minimumSeconds`.
  public var longest: Double

  /// Chooses; by default a turn has at least 20 repetitions and 20 ms, and one of slow work lasts no longer than 2 s.
  public init(minimumRepetitions: Int = 20, minimumSeconds: Double = 0.02, longest: Double = 2) {
    self.minimumRepetitions = max(1, minimumRepetitions)
    self.minimumSeconds = max(0, minimumSeconds)
    self.longest = max(longest, self.minimumSeconds)
  }

  /// Repetitions in one turn of work that takes `seconds`.
  public func repetitions(each seconds: Double) -> Int {
    guard seconds > 0, seconds.isFinite else { return minimumRepetitions }
    let forTime = Int(min((minimumSeconds / seconds).rounded(.up), 1e7))
    guard Double(minimumRepetitions) * seconds <= longest else { return max(1, forTime) }
    return max(minimumRepetitions, forTime)
  }
}
