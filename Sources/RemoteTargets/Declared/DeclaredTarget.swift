// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
public import Galley
public import TargetProtocol
public import TargetTransport

/// A target that the user declared: where its agent is, and how each knows the other.
public struct DeclaredTarget: Sendable, Hashable {
  /// The user's name for it.
  public var name: String
  /// Where its agent is.
  public var endpoint: Endpoint
  /// How each knows the other; `nil` until they were paired.
  public var trust: Trust?
  /// The platform that was last seen there: `linux-aarch64`.
  public var platform: String?
  /// When it was declared, in seconds since 1970.
  public var added: Double
  /// How Galley installed its agent; `nil` if somebody else did.
  public var installation: TargetInstallation?

  /// How a host and an agent know each other.
  public enum Trust: Sendable, Hashable {
    /// Each has pinned the other's certificate; this is the agent's.
    case certificate(Digest)
    /// Both know a secret; the agent's certificate may be pinned too.
    case token(Data, agent: Digest?)
    /// The agent takes this user of the same machine.
    case local
  }

  /// Declares a target.
  /// - Throws: `GalleyError` if the name can't be one, or trust and address don't fit each other.
  public init(
    name: String, endpoint: Endpoint, trust: Trust?, platform: String? = nil,
    added: Double = Date().timeIntervalSince1970, installation: TargetInstallation? = nil
  ) throws(GalleyError) {
    (self.name, self.endpoint, self.trust, self.platform, self.added) = (name, endpoint, trust, platform, added)
    self.installation = installation
    if let why = flaw {
      throw GalleyError(.usage, "can't declare the target '\(name)'", why: why)
    }
  }

  /// The name of the machine that Galley runs on, which needs no declaration.
  public static let localName = "local"

  private var flaw: String? {
    let isName =
      (1...64).contains(name.utf8.count) && name.utf8.allSatisfy(Self.isNameByte)
      && name.utf8.first != UInt8(ascii: "-")
    guard isName else { return "a name has 1 to 64 letters, digits, '.', '_' and '-', and doesn't begin with '-'" }
    guard name != Self.localName else { return "'local' is the machine that Galley runs on" }
    switch trust {
    case .certificate where endpoint.isUnixSocket: return "a Unix socket has no certificates"
    case .local where !endpoint.isUnixSocket: return "only a Unix socket says which user is at the other end"
    case .token(let secret, _) where AccessToken(secret) == nil:
      return "a token has at least \(AccessToken.shortest) bytes, two hexadecimal digits each"
    default: return nil
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }

  /// The certificate that the agent must show; `nil` if any may.
  public var pinned: Digest? {
    switch trust {
    case .certificate(let digest): digest
    case .token(_, let agent): agent
    case .local, nil: nil
    }
  }

  /// How the host proves who it is.
  /// - Throws: `GalleyError` if the two were never paired.
  public func credential() throws(GalleyError) -> HostCredential {
    switch trust {
    case .certificate(let digest): return .certificate(agent: digest)
    case .local: return .local
    case .token(let secret, let agent):
      if let token = AccessToken(secret) { return .token(token, agent: agent) }
    case nil: break
    }
    throw GalleyError(
      .configuration, "can't use the target '\(name)'", at: endpoint.description, why: "it was not paired yet",
      remedy: "Run 'galley target pair \(name)'.")
  }
}

extension DeclaredTarget: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, endpoint, pin, token, isLocal = "local", platform, added, installation
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let pin = try container.decodeIfPresent(Digest.self, forKey: .pin)
    var trust: Trust? = pin.map { .certificate($0) }
    if let text = try container.decodeIfPresent(String.self, forKey: .token) {
      guard let secret = Data(hexadecimal: text) else {
        throw DecodingError.dataCorruptedError(
          forKey: .token, in: container, debugDescription: "it is no hexadecimal number of whole bytes")
      }
      trust = .token(secret, agent: pin)
    } else if try container.decodeIfPresent(Bool.self, forKey: .isLocal) == true {
      trust = .local
    }
    do {
      try self.init(
        name: container.decode(String.self, forKey: .name),
        endpoint: Endpoint(container.decode(String.self, forKey: .endpoint)), trust: trust,
        platform: container.decodeIfPresent(String.self, forKey: .platform),
        added: container.decode(Double.self, forKey: .added),
        installation: container.decodeIfPresent(TargetInstallation.self, forKey: .installation))
    } catch let error as GalleyError {
      throw DecodingError.dataCorrupted(.init(codingPath: container.codingPath, debugDescription: error.why))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(endpoint.description, forKey: .endpoint)
    try container.encodeIfPresent(pinned, forKey: .pin)
    if case .token(let secret, _) = trust { try container.encode(secret.hexadecimal, forKey: .token) }
    if case .local = trust { try container.encode(true, forKey: .isLocal) }
    try container.encodeIfPresent(platform, forKey: .platform)
    try container.encode(added, forKey: .added)
    try container.encodeIfPresent(installation, forKey: .installation)
  }
}
