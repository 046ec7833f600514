// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How Galley installed a target's agent, so that it can be upgraded and removed.
public struct TargetInstallation: Sendable, Hashable, Codable {
  /// Where ssh goes: `root@192.168.0.7`, or a name of the user's ssh configuration.
  public var destination: String
  /// Options of ssh, `KEY=VALUE`.
  public var options: [String]
  /// The agent's folder on the device.
  public var folder: String
  /// The runtimes that the user chose; `nil` for all that are at hand.
  public var runtimes: [String]?

  /// An installation.
  public init(destination: String, options: [String] = [], folder: String, runtimes: [String]? = nil) {
    (self.destination, self.options, self.folder, self.runtimes) = (destination, options, folder, runtimes)
  }
}
