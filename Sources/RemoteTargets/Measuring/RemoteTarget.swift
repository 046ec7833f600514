// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
public import Targets
public import TargetProtocol
public import TargetTransport

/// A device that an agent speaks for, as a target: what is measured on it takes the same way as on this machine, and the
/// durations are the device's.
public struct RemoteTarget: MeasuringTarget {
  /// What the user declared.
  public let declared: DeclaredTarget
  /// What its agent said it can do when it was looked at.
  public let capabilities: Capabilities
  let identity: Identity
  /// The agent's certificate, as it was seen; `nil` on a Unix socket.
  private let certificate: Digest?

  /// Looks at a target: connects once, and notes what its agent can do.
  /// - Throws: `GalleyError` if it isn't paired or can't be reached; `CancellationError`.
  public static func look(at declared: DeclaredTarget, as identity: Identity) async throws -> RemoteTarget {
    let client = try await AgentClient.connect(to: declared, as: identity)
    await client.leave()
    return RemoteTarget(
      declared: declared, capabilities: client.welcome.capabilities, identity: identity,
      certificate: client.facts.agentCertificate)
  }

  /// Refuses another device than the one that was looked at, and another agent on it: its figures would stand for those of
  /// the first.
  func check(_ client: AgentClient) throws(GalleyError) {
    let now = client.welcome.capabilities
    let what =
      if client.facts.agentCertificate != certificate {
        "its agent shows another certificate"
      } else if now.platform != capabilities.platform {
        "it is \(now.platform) now"
      } else if now.runtimes != capabilities.runtimes {
        "it has other runtimes now"
      } else if now.features != capabilities.features {
        "it can do other things now"
      } else if now.device != capabilities.device {
        "it is another device or has another kernel"
      } else if now.version != capabilities.version {
        "its agent has another version"
      } else { nil as String? }
    guard let what else { return }
    throw GalleyError(
      .configuration, "can't measure on the target", at: declared.name,
      why: "it isn't as it was when this command began: \(what)", remedy: "Run the command again.")
  }

  public var targetName: String { declared.name }
  public var isLocal: Bool { false }
  public var decodesImages: Bool { capabilities.features.contains(TargetFeature.images) }

  /// The agent's certificate stands for the device, whatever its name here is; but copies of a disk share it, so the device
  /// itself counts too. Another kernel, agent or runtime makes other figures.
  public func fingerprint() -> String {
    let runtimes = capabilities.runtimes.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let device = certificate?.hex ?? declared.endpoint.description
    let facts = ["target", device, capabilities.platform, capabilities.device ?? "", capabilities.version ?? ""]
    return (facts + runtimes).joined(separator: "; ")
  }

  public func open(
    with files: [NeededFile], isAlone: Bool, onWait: @escaping @Sendable (String) -> Void
  ) async throws -> any MeasuringSession {
    try await RemoteSession.open(self, with: files, onWait: onWait)
  }
}
