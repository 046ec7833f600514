// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// The methods of the agent itself, besides those of ``TargetMethod``, which a measuring process answers.
public enum SessionMethod {
  /// Waits for the machine: ``NoParameters`` → ``NoParameters``; meanwhile events say the place in the queue.
  public static let acquireTurn = "turn.acquire"
  /// Gives the machine back: ``NoParameters`` → ``NoParameters``.
  public static let releaseTurn = "turn.release"
  /// Starts a measuring process: ``StartWorkerParameters`` → ``StartWorkerResult``.
  public static let startWorker = "worker.start"
  /// Ends a measuring process and all that it holds: ``NoParameters`` → ``NoParameters``.
  public static let stopWorker = "worker.stop"
  /// The agent's log from now on, as events, until cancelled: ``WatchLogParameters``.
  public static let watchLog = "log.watch"
  /// What the machine and the agent use, as events, until cancelled: ``WatchStatisticsParameters``.
  public static let watchStatistics = "statistics.watch"
}

/// What a measuring process is going to be asked for.
public struct StartWorkerParameters: Sendable, Hashable, Codable {
  /// The runtime's name.
  public var runtime: String

  /// Creates the parameters.
  public init(runtime: String) { self.runtime = runtime }
}

/// A measuring process.
public struct StartWorkerResult: Sendable, Hashable, Codable {
  /// Its number within the session.
  public var worker: UInt32

  /// Creates the result.
  public init(worker: UInt32) { self.worker = worker }
}

/// Which lines of a log are wanted.
public struct WatchLogParameters: Sendable, Hashable, Codable {
  /// The least level: `trace`, `debug`, `info`, `notice`, `warning` or `error`.
  public var level: String

  /// Creates the parameters.
  public init(level: String = "info") { self.level = level }
}

/// How often statistics are wanted.
public struct WatchStatisticsParameters: Sendable, Hashable, Codable {
  /// Seconds between two reports; at least 0.1.
  public var seconds: Double

  /// Creates the parameters.
  public init(seconds: Double = 1) { self.seconds = seconds }
}

/// How a blob is named where a measuring method has a path: a client can't name any other file of the device.
public struct BlobPath: Sendable, Hashable, CustomStringConvertible {
  /// What stands where a method makes a file: a new blob, whose digest the result says.
  public static let fresh = "blob:"

  /// The blob.
  public var digest: Digest

  /// Names a blob.
  public init(_ digest: Digest) { self.digest = digest }

  /// Reads `blob:` and 64 lower-case hexadecimal digits; `nil` if the text is anything else.
  public init?(_ path: String) {
    guard path.hasPrefix("blob:"), let digest = Digest(hex: String(path.dropFirst(5))), "blob:\(digest)" == path else {
      return nil
    }
    self.digest = digest
  }

  public var description: String { "blob:\(digest)" }
}
