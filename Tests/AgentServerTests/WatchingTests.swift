// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import FoundationEssentials
import Galley
import TargetProtocol
import Testing

struct WatchingTests {
  @Test func statisticsAndLogsAreStreamedUntilCancelled() async throws {
    let folder = try TestFolder()
    let context = try AgentContext(in: folder.path, program: WorkerProgram(executable: agentProgram))
    let (link, other) = (try SessionLink(1, context), try SessionLink(2, context))
    try await link.takeMachine()
    let worker = try await link.startWorker()
    let statistics = try await link.begin(
      SessionMethod.watchStatistics, WatchStatisticsParameters(seconds: 0.1))
    let log = try await link.begin(SessionMethod.watchLog, WatchLogParameters(level: "debug"))
    await link.waiters.wait { $0.events(of: statistics).count >= 2 }
    guard case .report(.map(let report))? = link.waiters.events(of: statistics).last else { throw Unexpected() }
    #expect(Set(report.keys) == ["agent", "machine", "seconds", "workers"])
    guard case .list(let workers)? = report["workers"], case .map(let first)? = workers.first else {
      throw Unexpected()
    }
    #expect(workers.count == 1 && first["worker"] == .int(Int(worker)) && first["residentBytes"] != nil)
    _ = try await other.upload(Data("a secret of another's".utf8))
    _ = try await link.upload(Data("own".utf8))
    await link.waiters.wait { waiters in waiters.events(of: log).contains { "\($0)".contains("a blob is here") } }
    #expect(link.waiters.events(of: log).count { "\($0)".contains("a blob is here") } == 1)
    for stream in [statistics, log] {
      try await link.host { $0.cancel(stream, at: $1) }
      let failure = await #expect(throws: RequestFailure.self) {
        let _: NoParameters = try await link.answer(to: stream)
      }
      #expect(failure?.code == .cancelled)
    }
    let bad = await #expect(throws: RequestFailure.self) {
      let _: NoParameters = try await link.ask(SessionMethod.watchLog, WatchLogParameters(level: "loud"))
    }
    #expect(bad?.code == .badParameters)
  }

  @Test func aProcessThatHoldsTooMuchIsEnded() async throws {
    let folder = try TestFolder()
    let context = try AgentContext(
      in: folder.path, program: WorkerProgram(executable: agentProgram, memoryLimit: 1 << 20))
    let link = try SessionLink(1, context)
    try await link.takeMachine()
    let worker = try await link.startWorker()
    var failure: RequestFailure?
    while failure == nil {
      do {
        let _: ResourceReport = try await link.ask(TargetMethod.resources, worker: worker)
      } catch let found as RequestFailure {
        failure = found
      }
    }
    #expect(failure?.code == .workerEnded && failure?.why.contains("and may have 1048576") == true)
  }
}
