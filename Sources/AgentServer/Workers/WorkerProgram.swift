// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The program that measures, and what a process of it may use.
package struct WorkerProgram: Sendable, Hashable {
  /// Its path; `galley-agent` starts itself.
  var executable: String
  /// Its arguments before the runtime's name.
  var arguments: [String] = []
  /// Variables that are added to the agent's own.
  var environment: [String: String] = [:]
  /// Most resident bytes of a process; `nil` for no bound.
  var memoryLimit: UInt64?

  /// Names a program.
  package init(
    executable: String, arguments: [String] = [], environment: [String: String] = [:], memoryLimit: UInt64? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.memoryLimit = memoryLimit
  }
}
