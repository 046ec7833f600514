// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Glibc

/// A machine's state, as the process that answers for it saw it.
public struct MachineObservation: Sendable, Hashable, Codable {
  /// The state.
  public var state: MachineState
  /// The process that measures there: it, and all that it started, are no disturbance by name.
  public var process: Int32

  /// Observes this machine.
  /// - Parameter process: The process that measures.
  public init(process: Int32 = getpid()) { (state, self.process) = (MachineState(), process) }

  /// What disturbed the time between two observations, one sentence each.
  public func disturbances(since earlier: MachineObservation, ownSeconds: Double) -> [String] {
    state.disturbances(since: earlier.state, ownSeconds: ownSeconds, own: process)
  }
}
