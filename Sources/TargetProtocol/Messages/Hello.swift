// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What a side says of itself before it knows the other.
public struct Hello: Sendable, Hashable, Codable {
  /// The program's name.
  public var name: String
  /// The program's version.
  public var version: String
  /// 32 random bytes, new for each session, written as a digest is.
  public var nonce: Digest
  /// How a host may prove who it is; an agent says so.
  public var ways: [String]?

  /// Describes a side.
  public init(name: String, version: String, nonce: Digest, ways: [AuthenticationWay]? = nil) {
    self.name = name
    self.version = version
    self.nonce = nonce
    self.ways = ways?.map { "\($0)" }
  }
}

/// What an agent tells a host that it knows.
public struct Welcome: Sendable, Hashable, Codable {
  /// What the agent can do.
  public var capabilities: Capabilities
  /// What it keeps to.
  public var limits: AgentLimits
  /// A name of the session, for logs.
  public var session: String

  /// Creates a welcome.
  public init(capabilities: Capabilities, limits: AgentLimits, session: String) {
    self.capabilities = capabilities
    self.limits = limits
    self.session = session
  }
}

/// What an agent can do.
public struct Capabilities: Sendable, Hashable, Codable {
  /// Operating system and processor: `linux-x86_64`.
  public var platform: String
  /// The methods that it answers, in alphabetical order.
  public var methods: [String]
  /// The runtimes that were found, by name, each with its version.
  public var runtimes: [String: String]
  /// What else the agent can do, in alphabetical order: words of ``TargetFeature``.
  public var features: [String]
  /// What makes the device another one as far as times are concerned, in words: its name, processor, memory and kernel;
  /// `nil` if the agent doesn't know.
  public var device: String?
  /// The agent's version; `nil` if it doesn't say.
  public var version: String?

  /// Describes what an agent can do.
  public init(
    platform: String, methods: [String], runtimes: [String: String], features: [String] = [], device: String? = nil,
    version: String? = nil
  ) {
    self.platform = platform
    self.methods = methods.sorted()
    self.runtimes = runtimes
    self.features = features.sorted()
    (self.device, self.version) = (device, version)
  }
}

/// What an agent keeps to.
public struct AgentLimits: Sendable, Hashable, Codable {
  /// Largest blob in bytes.
  public var blobBytes: UInt64
  /// Blobs that may be on their way at once.
  public var transfers: Int
  /// Inferences by `run` that may wait at once.
  public var runs: Int
  /// Longest deadline of a request in seconds.
  public var requestSeconds: Double

  /// By default a blob has at most 16 GiB, 4 are on their way, 4 runs wait, and a request takes at most a day.
  public init(
    blobBytes: UInt64 = 1 << 34, transfers: Int = 4, runs: Int = 4, requestSeconds: Double = 86_400
  ) {
    self.blobBytes = blobBytes
    self.transfers = transfers
    self.runs = runs
    self.requestSeconds = requestSeconds
  }
}
