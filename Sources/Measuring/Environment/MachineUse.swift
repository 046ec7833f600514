// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Processor time of all processors since the machine began, in seconds (`/proc/stat`, proc_stat(5)).
public struct ProcessorTimes: Sendable, Hashable {
  /// In which they worked for this machine.
  public var busySeconds: Double
  /// Which a hypervisor took from this machine.
  public var stolenSeconds: Double
  /// All, with idling and waiting for disks.
  public var totalSeconds: Double

  /// Reads the times now; `nil` if the kernel doesn't show them.
  public init?(_ files: SystemFiles = SystemFiles()) {
    guard let line = files.text("/proc/stat")?.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
    // user, nice, system, idle, iowait, irq, softirq, steal; what guests used is in the first two already.
    let ticks = line.split(separator: " ").dropFirst().prefix(8).map { Double($0) ?? 0 }
    let second = Double(max(sysconf(CInt(_SC_CLK_TCK)), 1))
    func sum(_ fields: [Int]) -> Double { fields.reduce(0) { $0 + ($1 < ticks.count ? ticks[$1] : 0) } / second }
    (busySeconds, stolenSeconds, totalSeconds) = (sum([0, 1, 2, 5, 6]), sum([7]), sum(Array(0..<8)))
  }
}

/// What the whole machine uses; cheap enough to be read again and again. What the kernel doesn't tell is `nil`.
public struct MachineUse: Sendable, Hashable {
  /// Mean number of processes that ran or wanted to in the last minute.
  public var load: Double?
  /// Processor time since the machine began.
  public var processors: ProcessorTimes?
  /// All memory, in bytes.
  public var memoryBytes: Int?
  /// Memory that programs can still have, in bytes.
  public var availableMemoryBytes: Int?

  /// Reads it now.
  public init(_ files: SystemFiles = SystemFiles()) {
    (load, processors) = (MachineState.load(files), ProcessorTimes(files))
    (memoryBytes, availableMemoryBytes) = (files.memory("MemTotal"), files.memory("MemAvailable"))
  }
}

extension SystemFiles {
  /// A line of `/proc/meminfo` (proc_meminfo(5)), in bytes.
  func memory(_ key: String) -> Int? {
    value(key, in: "/proc/meminfo")?.split(separator: " ").first.flatMap { Int($0) }.map { $0 &* 1024 }
  }
}
