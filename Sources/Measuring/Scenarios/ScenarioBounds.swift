// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How long a scenario goes on: until both its least count and its least time are reached, but not beyond its largest
/// count or its longest time. So does MLPerf's LoadGen.
public struct ScenarioBounds: Sendable, Hashable {
  /// Least number of samples.
  public var minimumSamples: Int
  /// Least time in seconds.
  public var minimumSeconds: Double
  /// Largest number of samples; what is in flight then is finished.
  public var maximumSamples: Int
  /// Longest time in seconds; what is in flight then is finished.
  public var maximumSeconds: Double

  /// Chooses. The defaults suit a look at a model; MLPerf asks for ten minutes.
  public init(
    minimumSamples: Int = 100, minimumSeconds: Double = 2, maximumSamples: Int = .max, maximumSeconds: Double = 60
  ) {
    self.minimumSamples = max(minimumSamples, 1)
    self.minimumSeconds = max(minimumSeconds, 0)
    self.maximumSamples = max(maximumSamples, 1)
    self.maximumSeconds = max(maximumSeconds, 0)
  }

  /// MLPerf's rules for a single stream: ten minutes, and enough queries for early stopping of the 90th percentile.
  public static let singleStreamOfMLPerf = ScenarioBounds(
    minimumSamples: 64, minimumSeconds: 600, maximumSeconds: .infinity)
  /// MLPerf's rules for the offline scenario: ten minutes and 24,576 samples.
  public static let offlineOfMLPerf = ScenarioBounds(
    minimumSamples: 24_576, minimumSeconds: 600, maximumSeconds: .infinity)

  /// Whether the least count and time are reached.
  func isReached(_ samples: Int, _ seconds: Double) -> Bool {
    samples >= minimumSamples && seconds >= minimumSeconds
  }

  /// Whether no more work is to be started.
  func isOver(_ samples: Int, _ seconds: Double) -> Bool {
    isReached(samples, seconds) || samples >= maximumSamples || seconds >= maximumSeconds
  }
}
