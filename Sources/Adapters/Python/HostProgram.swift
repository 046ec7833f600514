// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How the program that hosts an adapter is started: `galley worker python FILE`, or any other that speaks the protocol.
public struct HostProgram: Sendable, Hashable {
  /// A path, or a name that is looked for in `PATH`.
  public var executable: String
  /// Its arguments, without its name.
  public var arguments: [String]
  /// Variables that are added to those of this process; `nil` removes one.
  public var environment: [String: String?]
  /// The worker's name in messages; `nil` for the last argument.
  public var name: String?

  /// Describes a command.
  public init(
    executable: String, arguments: [String], environment: [String: String?] = [:], name: String? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.name = name
  }
}
