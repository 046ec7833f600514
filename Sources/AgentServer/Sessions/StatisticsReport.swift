// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc
internal import TargetProtocol

/// What `statistics.watch` streams; `Documentation/target-protocol.md` has the members.
struct StatisticsReport: Sendable, Hashable, Codable {
  /// Seconds since the agent began.
  var seconds: Double
  var machine: MachineStatistics
  var agent: AgentStatistics
  var workers: [WorkerStatistics]
}

/// What the whole machine uses.
struct MachineStatistics: Sendable, Hashable, Codable {
  /// Mean number of processes that ran or wanted to in the last minute.
  var load: Double?
  var processorCount: Int
  /// Seconds of processor time since the machine began, busy and all, over all processors.
  var busySeconds: Double?
  var totalSeconds: Double?
  var memoryBytes: UInt64?
  var availableMemoryBytes: UInt64?

  static func now() -> MachineStatistics {
    let times = ProcessFiles.text("/proc/stat").split(separator: "\n").first.map {
      $0.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
    }
    let ticks = Double(sysconf(CInt(_SC_CLK_TCK)))
    let total = times.map { $0.reduce(0, +) / ticks }
    // Idle and waiting for disks stand in the fourth and fifth place.
    let idle = times.map { $0.dropFirst(3).prefix(2).reduce(0, +) / ticks }
    let memory = ProcessFiles.text("/proc/meminfo").split(separator: "\n")
    func bytes(_ key: String) -> UInt64? {
      memory.first { $0.hasPrefix("\(key):") }.flatMap { $0.split { !$0.isNumber }.last }.flatMap { UInt64($0) }
        .map { $0 * 1024 }
    }
    return MachineStatistics(
      load: ProcessFiles.text("/proc/loadavg").split(separator: " ").first.flatMap { Double($0) },
      processorCount: sysconf(CInt(_SC_NPROCESSORS_ONLN)),
      busySeconds: total.flatMap { total in idle.map { total - $0 } }, totalSeconds: total,
      memoryBytes: bytes("MemTotal"), availableMemoryBytes: bytes("MemAvailable"))
  }
}

/// What the agent itself uses, and how much it has to do.
struct AgentStatistics: Sendable, Hashable, Codable {
  var residentBytes: UInt64
  var processorSeconds: Double
  var sessions: Int
  /// Sessions that wait for the machine.
  var waiting: Int
  /// Measuring processes of all sessions.
  var workers: Int
  var blobs: BlobStore.Counts

  init(_ context: AgentContext) {
    let counts = context.counters.counts
    residentBytes = ProcessFiles.residentBytes(getpid()) ?? 0
    processorSeconds = ProcessFiles.processorSeconds(getpid()) ?? 0
    (sessions, waiting, workers) = (counts.sessions, context.turn.waitingCount, counts.workers)
    blobs = context.store.counts
  }
}

/// What a measuring process of the session uses; without numbers once it has ended.
struct WorkerStatistics: Sendable, Hashable, Codable {
  var worker: UInt32
  var residentBytes: UInt64?
  var processorSeconds: Double?

  init(number: UInt32, process: Int32?) {
    worker = number
    residentBytes = process.flatMap { ProcessFiles.residentBytes($0) }
    processorSeconds = process.flatMap { ProcessFiles.processorSeconds($0) }
  }
}
