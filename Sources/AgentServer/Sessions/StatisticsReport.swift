// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc
internal import Measuring
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
  /// Seconds of processor time since the machine began, over all processors: in which they worked for this machine, and
  /// all.
  var busySeconds: Double?
  var totalSeconds: Double?
  var memoryBytes: UInt64?
  var availableMemoryBytes: UInt64?

  static func now() -> MachineStatistics {
    let use = MachineUse()
    return MachineStatistics(
      load: use.load, processorCount: sysconf(CInt(_SC_NPROCESSORS_ONLN)), busySeconds: use.processors?.busySeconds,
      totalSeconds: use.processors?.totalSeconds, memoryBytes: use.memoryBytes.map { UInt64(clamping: $0) },
      availableMemoryBytes: use.availableMemoryBytes.map { UInt64(clamping: $0) })
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
    residentBytes = UInt64(clamping: ProcessResources.residentBytes(of: getpid()) ?? 0)
    processorSeconds = ProcessResources.processorSeconds()
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
    residentBytes = process.flatMap { ProcessResources.residentBytes(of: $0) }.map { UInt64(clamping: $0) }
    processorSeconds = process.flatMap { ProcessResources.processorSeconds(of: $0) }
  }
}
