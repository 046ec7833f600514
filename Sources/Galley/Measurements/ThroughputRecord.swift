// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Statistics

/// Samples per second with several inferences in flight, after MLPerf's offline scenario.
public struct ThroughputRecord: Sendable, Hashable, Codable {
  /// Samples per second: all samples, divided by the time from the first start to the last end.
  public var samplesPerSecond: Double
  /// Samples that were run.
  public var samples: Int
  /// Time from the first start to the last end, in seconds.
  public var seconds: Double
  /// Samples in one inference.
  public var batch: Int
  /// Inferences in flight at the same time.
  public var sessions: Int
  /// Threads of this program that ran sessions.
  public var threads: Int
  /// Length of one window in seconds.
  public var windowSeconds: Double
  /// Samples per second in each window that was full.
  public var windowRates: [Double]
  /// 95 % interval of the rate from the windows' spread; `nil` for fewer than four windows.
  public var interval: Interval?
  /// Whether the least count and the least time were reached before a bound ended it.
  public var isComplete: Bool
  /// What speaks against the figure: a drift, too few samples; one sentence each.
  public var marks: [String]

  /// Creates a record.
  public init(
    samplesPerSecond: Double, samples: Int, seconds: Double, batch: Int, sessions: Int, threads: Int,
    windowSeconds: Double, windowRates: [Double], interval: Interval?, isComplete: Bool, marks: [String]
  ) {
    self.samplesPerSecond = samplesPerSecond
    self.samples = samples
    self.seconds = seconds
    self.batch = batch
    self.sessions = sessions
    self.threads = threads
    self.windowSeconds = windowSeconds
    self.windowRates = windowRates
    self.interval = interval
    self.isComplete = isComplete
    self.marks = marks
  }
}

/// One query after the other, after MLPerf's single-stream scenario; times in seconds.
public struct StreamRecord: Sendable, Hashable, Codable {
  /// Queries that were run.
  public var queries: Int
  /// The percentile that is reported, as a fraction: 0.9.
  public var percentile: Double
  /// The latency at the percentile: the value at position `floor(queries · percentile)` of the sorted ones, from 0.
  public var latency: Double
  /// A latency that bounds the percentile from above with 99 % confidence; `nil` if there were too few queries.
  public var confidentLatency: Double?
  /// Mean latency.
  public var mean: Double
  /// Queries per second, with what lies between two queries.
  public var queriesPerSecond: Double
  /// Whether the least count and the least time were reached before a bound ended it.
  public var isComplete: Bool
  /// What speaks against the figures; one sentence each.
  public var marks: [String]

  /// Creates a record.
  public init(
    queries: Int, percentile: Double, latency: Double, confidentLatency: Double?, mean: Double,
    queriesPerSecond: Double, isComplete: Bool, marks: [String]
  ) {
    self.queries = queries
    self.percentile = percentile
    self.latency = latency
    self.confidentLatency = confidentLatency
    self.mean = mean
    self.queriesPerSecond = queriesPerSecond
    self.isComplete = isComplete
    self.marks = marks
  }
}
