// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The first inference after loading.
public struct FirstInferenceResult: Sendable, Hashable, Codable {
  /// Its duration in seconds.
  public var seconds: Double

  /// Creates the result.
  public init(seconds: Double) { self.seconds = seconds }
}

/// Bounds of a warm-up.
public struct WarmUpParameters: Sendable, Hashable, Codable {
  /// Most time in seconds.
  public var maximumSeconds: Double

  /// Creates the parameters.
  public init(maximumSeconds: Double) { self.maximumSeconds = maximumSeconds }
}

/// What a warm-up did.
public struct WarmUpResult: Sendable, Hashable, Codable {
  /// Inferences, the first one after loading not counted.
  public var inferences: Int
  /// Whether the running median became stable before the bound.
  public var settled: Bool
  /// Median of the last inferences, in seconds.
  public var median: Double

  /// Creates the result.
  public init(inferences: Int, settled: Bool, median: Double) {
    self.inferences = inferences
    self.settled = settled
    self.median = median
  }
}

/// One turn.
public struct BlockParameters: Sendable, Hashable, Codable {
  /// Inferences in the turn.
  public var inferences: Int

  /// Creates the parameters.
  public init(inferences: Int) { self.inferences = inferences }
}

/// What one turn gave.
public struct BlockResult: Sendable, Hashable, Codable {
  /// Every inference's duration, in order.
  public var durations: DurationList
  /// Processor time of the whole process during the turn, in seconds.
  public var processorSeconds: Double
  /// The turn's length in seconds.
  public var seconds: Double

  /// Creates the result.
  public init(durations: DurationList, processorSeconds: Double, seconds: Double) {
    self.durations = durations
    self.processorSeconds = processorSeconds
    self.seconds = seconds
  }
}

/// What the measuring process uses.
public struct ResourceReport: Sendable, Hashable, Codable {
  /// Resident memory now, in bytes.
  public var residentBytes: Int
  /// Largest resident memory since the process began, in bytes.
  public var peakResidentBytes: Int
  /// Processor time of all threads, in seconds.
  public var processorSeconds: Double

  /// Creates the report.
  public init(residentBytes: Int, peakResidentBytes: Int, processorSeconds: Double) {
    self.residentBytes = residentBytes
    self.peakResidentBytes = peakResidentBytes
    self.processorSeconds = processorSeconds
  }
}
