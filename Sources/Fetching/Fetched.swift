// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What a fetch gave: bytes in place, whose digest was computed from the file.
public struct Fetched: Sendable, Hashable {
  /// How the bytes came.
  public enum Way: String, Sendable, Hashable, Codable {
    /// They lay at the destination already.
    case present
    /// Another process fetched them meanwhile.
    case shared
    /// From another program's cache on this machine.
    case cache
    /// From a file that the requirement names as an origin.
    case file
    /// Over the network.
    case network
  }

  /// The SHA-256 of the bytes, whole even if the requirement knew only its first digits.
  public var digest: Digest
  /// Size in bytes.
  public var byteCount: Int
  /// Where they came from: an address without name, password and query, or a path.
  public var origin: String
  /// How they came.
  public var way: Way
  /// Bytes that an earlier, interrupted fetch had left and that were not sent again.
  public var resumedFrom: Int

  /// Creates a result.
  public init(digest: Digest, byteCount: Int, origin: String, way: Way, resumedFrom: Int = 0) {
    (self.digest, self.byteCount, self.origin) = (digest, byteCount, origin)
    (self.way, self.resumedFrom) = (way, resumedFrom)
  }
}

/// How far a fetch is.
public struct FetchProgress: Sendable, Hashable {
  /// Bytes that are there, those of an earlier, interrupted fetch included.
  public var received: Int
  /// Bytes in all, if the requirement or the server says.
  public var total: Int?

  /// Creates a report.
  public init(received: Int, total: Int?) {
    self.received = received
    self.total = total
  }
}

/// A file on this machine that holds the needed bytes, as its digest proves.
public struct LocalSource: Sendable, Hashable {
  /// The file's path, as it was found: a link is not resolved.
  public var path: String
  /// The SHA-256 of its bytes.
  public var digest: Digest
  /// Size in bytes.
  public var byteCount: Int
  /// Whether it lies in another program's cache or is named as an origin.
  public var way: Fetched.Way
}
