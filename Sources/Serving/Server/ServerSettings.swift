// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Bounds of a server.
public struct ServerSettings: Sendable, Hashable {
  /// Bytes that a JSON document may have.
  public var documentLimit = 8 << 20
  /// Bytes that an item, an artifact or an archive may have.
  public var uploadLimit = 4 << 30
  /// Bytes that stay free on the store's disk: uploads, imports and exports that would take them are refused.
  public var diskReserve = 64 << 20
  /// Seconds in which a document must come.
  public var documentTime = 30.0
  /// Seconds in which an upload must come.
  public var uploadTime = 3600.0
  /// Seconds after which a connection without a request is closed; a request's head must come within them too.
  public var idleTime = 60.0
  /// Connections at a time; others wait until one ends.
  public var connectionLimit = 256
  /// Seconds that requests and jobs have to end when the server ends.
  public var graceTime = 20.0
  /// Jobs that may wait or run at a time.
  public var jobLimit = 16
  /// Jobs that run at a time.
  public var runningJobLimit = 1
  /// Jobs that have ended and are still known.
  public var keptJobLimit = 200
  /// Names by which requests may call the server, beyond `localhost` and addresses in numbers.
  public var hostNames: Set<String> = []

  /// The usual bounds.
  public init() {}
}
