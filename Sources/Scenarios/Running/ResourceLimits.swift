// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc

/// How much of the machine the stages of a run may take together.
public struct ResourceLimits: Sendable, Hashable, Codable {
  /// Memory for all stages that run at once, in bytes. A stage that needs more runs alone.
  public var memoryBytes: Int
  /// Stages that run at once, at most.
  public var stages: Int
  /// Where the memory limit comes from, as a clause.
  public var memoryOrigin: String
  /// Where the number of stages comes from, as a clause.
  public var stagesOrigin: String

  /// Sets limits; what is left out is taken from the machine: 80 % of the memory that is available now, and one stage
  /// for each processor.
  public init(memoryBytes: Int? = nil, stages: Int? = nil) {
    if let memoryBytes {
      self.memoryBytes = max(1, memoryBytes)
      memoryOrigin = Self.given
    } else {
      self.memoryBytes = Self.availableMemory() / 5 * 4
      memoryOrigin = "80 % of the memory that is available now"
    }
    if let stages {
      self.stages = max(1, stages)
      stagesOrigin = Self.given
    } else {
      self.stages = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
      stagesOrigin = "one for each processor"
    }
  }

  /// The origin of a limit that somebody set.
  static let given = "given"

  /// Memory that programs can take without swapping, in bytes (`MemAvailable` of proc(5)); 1 GiB if the kernel doesn't
  /// say.
  static func availableMemory() -> Int {
    let text = (try? String(contentsOf: URL(filePath: "/proc/meminfo"), encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return (line?.split { !$0.isNumber }.first.flatMap { Int($0) }).map { $0 * 1024 } ?? 1 << 30
  }
}
