// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Which samples the device works on: values for every input of a model, ready as they are.
public struct OpenSamplesParameters: Sendable, Hashable, Codable {
  /// A file of samples on the device, as ``SampleFile`` describes it.
  public var path: String

  /// Creates the parameters.
  public init(path: String) { self.path = path }
}

/// What was found.
public struct OpenSamplesResult: Sendable, Hashable, Codable {
  /// Number of samples.
  public var count: Int

  /// Creates the result.
  public init(count: Int) { self.count = count }
}

/// How long many inferences take when as many as wanted are in flight at once.
public struct ThroughputParameters: Sendable, Hashable, Codable {
  /// Least time in seconds.
  public var seconds: Double
  /// Inferences in flight; `nil` for what the runtime prefers.
  public var sessions: Int?
  /// Threads that the runtime was told to use, for the record.
  public var threads: Int

  /// Creates the parameters.
  public init(seconds: Double, sessions: Int? = nil, threads: Int = 1) {
    self.seconds = seconds
    self.sessions = sessions
    self.threads = threads
  }
}

/// How often a model is run while its runtime times its operators.
public struct ProfileParameters: Sendable, Hashable, Codable {
  /// Inferences over which the times are averaged.
  public var repetitions: Int

  /// Creates the parameters.
  public init(repetitions: Int) { self.repetitions = repetitions }
}

/// What the runtime says.
public struct ProfileResult: Sendable, Hashable, Codable {
  /// The operators in the order in which the runtime lists them.
  public var timings: [OperatorTiming]

  /// Creates the result.
  public init(timings: [OperatorTiming]) { self.timings = timings }
}
