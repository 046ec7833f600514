// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
internal import Synchronization
public import TargetProtocol

/// What all sessions of an agent share.
package struct AgentContext: Sendable {
  package let store: BlobStore
  let turn: MachineTurn
  let log: AgentLog
  let memory: MemoryWatch
  let program: WorkerProgram
  let bounds: SessionBounds
  let hosts: TrustedHosts
  package let pairing: PairingDesk
  let counters: AgentCounters

  /// Opens what an agent keeps in a folder.
  /// - Throws: `GalleyError` if it can't be used.
  package init(
    in folder: String, program: WorkerProgram, bounds: SessionBounds = SessionBounds(), blobQuota: UInt64 = 16 << 30,
    keepInterrupted: Double = 86_400, machineLock: String? = nil,
    log: AgentLog = AgentLog(level: .error, descriptor: -1)
  ) throws(GalleyError) {
    store = try BlobStore(in: "\(folder)/store", quota: blobQuota, restSeconds: keepInterrupted)
    hosts = try TrustedHosts(path: "\(folder)/hosts.json")
    (self.log, self.program, self.bounds) = (log, program, bounds)
    (turn, memory, counters) = (MachineTurn(lockPath: machineLock), MemoryWatch(), AgentCounters())
    pairing = PairingDesk(hosts, log)
  }
}

/// What one session may use.
public struct SessionBounds: Sendable, Hashable {
  /// What hosts are told.
  public var limits: AgentLimits
  /// Measuring processes that may be alive at once.
  public var workers: Int
  /// Bytes of all sessions' uploads that may be under way.
  public var transferBytes: Int

  /// By default 8 processes, and 64 MiB under way.
  public init(limits: AgentLimits = AgentLimits(), workers: Int = 8, transferBytes: Int = 64 << 20) {
    (self.limits, self.workers, self.transferBytes) = (limits, workers, transferBytes)
  }
}

/// What an agent counts from its start on.
final class AgentCounters: Sendable {
  struct Counts: Sendable, Hashable {
    var sessions = 0
    var sessionsBegun = 0
    var refused = 0
    var workers = 0
    var workersBegun = 0
    var uploads = 0
    var receivedBytes: UInt64 = 0
    var sentBytes: UInt64 = 0
    var requests = 0
    var failures = 0
    var runs = 0
    /// Numbers for uploads and files.
    var lastNumber: UInt64 = 0
  }

  private let state = Mutex(Counts())
  let start = ContinuousClock.now

  var counts: Counts { state.withLock { $0 } }

  /// Seconds since the agent began.
  var seconds: Double {
    let passed = (ContinuousClock.now - start).components
    return Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
  }

  func count(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }

  /// A number that was never used.
  func number() -> UInt64 {
    state.withLock { counts in
      counts.lastNumber += 1
      return counts.lastNumber
    }
  }
}
