// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import RemoteTargets
public import TargetTransport

/// What the user wants to be installed where.
public struct InstallRequest: Sendable {
  /// The target's name.
  public var name: String
  /// How the device is reached, and where on it the agent lies; an empty folder stands for the usual one.
  public var installation: TargetInstallation
  /// The agent's program; `nil` to look for one.
  public var agent: String?
  /// A folder of runtimes with the layout of `.native`; `nil` to look for them.
  public var native: String?
  /// Settings of the agent, `key=value`.
  public var settings: [String] = []
  /// Where hosts reach the agent; `nil` for where ssh goes.
  public var address: Endpoint?
  /// Whether ssh asks for nothing.
  public var asksNothing = false
  /// Whether persons compare digits, in place of certificates exchanged over ssh.
  public var pairsByDigits = false
  /// Whether there must be an agent that was installed before.
  var isUpgrade = false

  /// What the user wants.
  public init(name: String, installation: TargetInstallation) {
    (self.name, self.installation) = (name, installation)
  }
}

/// What is told while something is installed.
public struct InstallWatch: Sendable {
  /// A sentence about what is done now.
  public var onStep: @Sendable (String) -> Void
  /// How many bytes of all have been sent.
  public var onProgress: @Sendable (_ sent: Int, _ all: Int) -> Void

  /// Tells both.
  public init(
    onStep: @escaping @Sendable (String) -> Void = { _ in },
    onProgress: @escaping @Sendable (_ sent: Int, _ all: Int) -> Void = { _, _ in }
  ) {
    (self.onStep, self.onProgress) = (onStep, onProgress)
  }
}

/// What was installed.
public struct InstallReport: Sendable, Codable {
  /// What was done on the device.
  public enum Action: String, Sendable, Codable {
    /// There was no agent before.
    case installed
    /// There was another version.
    case upgraded
    /// This version ran already.
    case kept
  }

  /// The target's name.
  public var target: String
  /// Where hosts reach the agent.
  public var address: String
  /// How ssh reaches the device.
  public var destination: String
  /// The agent's folder there.
  public var folder: String
  /// The device's platform.
  public var platform: String
  /// What was done.
  public var action: Action
  /// The version: the digest of what it consists of.
  public var version: String
  /// What starts the agent there: `system` or `user` for systemd, `none` for two scripts in its folder.
  public var manager: String
  /// The runtimes that were installed, with their versions.
  public var runtimes: [String: String]
  /// Files and bytes that were sent.
  public var sentFiles: Int
  public var sentBytes: Int
  /// SHA-256 of the agent's certificate, if it was pinned.
  public var certificate: String?
  /// What the user should know, as sentences.
  public var remarks: [String]
}

/// What was removed.
public struct UninstallReport: Sendable, Codable {
  /// The target's name.
  public var target: String
  /// The agent's folder.
  public var folder: String
  /// Whether nothing was there.
  public var wasAbsent: Bool
  /// What stays on the device.
  public var left: [String]
  /// What the user should know, as sentences.
  public var remarks: [String]
}
