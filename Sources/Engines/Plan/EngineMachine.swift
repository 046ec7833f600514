// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// What a plan takes from the machine.
public struct EngineMachine: Sendable, Hashable, Codable {
  /// Processors that this process may use.
  public var cores: Int
  /// Memory, in bytes.
  public var memoryBytes: Int
  /// Whether backends have a CUDA device here.
  public var hasCUDA: Bool

  /// Describes a machine.
  public init(cores: Int, memoryBytes: Int, hasCUDA: Bool = false) {
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.hasCUDA = hasCUDA
  }

  /// This machine; a graphics processor counts only if the caller says so.
  public static var current: EngineMachine {
    let process = ProcessInfo.processInfo
    return EngineMachine(
      cores: max(1, process.activeProcessorCount), memoryBytes: Int(clamping: process.physicalMemory))
  }
}
