// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Everything that a bench found. Times are in seconds, sizes in bytes, throughput in samples per second.
public struct BenchResult: Sendable, Hashable, Codable {
  /// Name and version of this format.
  public var schema = Self.currentSchema
  /// The command that repeats the bench.
  public var command: String
  /// Version of Galley.
  public var galleyVersion: String
  /// Start and end, in seconds since 1970-01-01 00:00 UTC.
  public var startedAt: Double
  /// End.
  public var endedAt: Double
  /// The combinations that were measured, or failed while they were.
  public var rows: [BenchRow]
  /// The combinations that can't run, with the reasons.
  public var refused: [RefusedCase]
  /// What was chosen or assumed, by model; one sentence each.
  public var notes: [String]
  /// The measurement files, with every duration and the time series of processes and sensors, within the bench's
  /// folder.
  public var measurementFiles: [String]
  /// The target that measured; `nil` in results of earlier versions, which measured on the machine that they ran on.
  public var target: String?

  /// The format that this version writes.
  public static let currentSchema = "galley.bench/1"

  /// A combination that can't run.
  public struct RefusedCase: Sendable, Hashable, Codable {
    /// The combination.
    public var combination: BenchCase
    /// Why.
    public var reason: String

    /// Creates a record.
    public init(combination: BenchCase, reason: String) {
      self.combination = combination
      self.reason = reason
    }
  }
}

/// One combination's figures.
public struct BenchRow: Sendable, Hashable, Codable {
  /// The combination.
  public var combination: BenchCase
  /// What was measured; `nil` if it failed.
  public var measurement: Measurement?
  /// Why it failed.
  public var failure: String?
  /// Finished samples per second with as many inferences in flight as the runtime likes.
  public var throughput: BenchThroughput?
  /// How far the outputs lie from the original's; `nil` for the original itself in the runtime that it is compared in.
  public var difference: BenchDifference?
  /// Why there is no difference although there should be one.
  public var differenceNote: String?
  /// What the conversion did, one sentence each.
  public var conversion: [String]
  /// The file that was measured.
  public var model: String?
  /// The file of items or samples that it ran on.
  public var input: String?
  /// How items became its input, where that was said.
  public var preprocessing: Preprocessing?

  /// Creates a row.
  public init(combination: BenchCase) {
    self.combination = combination
    conversion = []
  }
}

/// Finished samples per second, from the spread between processes.
public struct BenchThroughput: Sendable, Hashable, Codable {
  /// Median over the processes.
  public var samplesPerSecond: Double
  /// Each process's figure.
  public var processes: [Double]
  /// Inferences in flight.
  public var sessions: Int

  /// Creates a record.
  public init(samplesPerSecond: Double, processes: [Double], sessions: Int) {
    self.samplesPerSecond = samplesPerSecond
    self.processes = processes
    self.sessions = sessions
  }
}

extension BenchResult {
  /// 0 if all that could run was measured, 2 if some of it failed, 69 if nothing could run.
  public var exitCode: ExitCode {
    if rows.allSatisfy({ $0.measurement == nil }) { return .unavailable }
    return rows.contains { $0.failure != nil } ? .partial : .success
  }
}
