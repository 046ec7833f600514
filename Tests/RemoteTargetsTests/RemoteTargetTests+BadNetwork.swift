// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import PeerSupport
import RemoteTargets
import Synchronization
import Statistics
import TargetProtocol
import TargetTransport
import Targets
import Testing
import TransportSupport

private let hasPython = BadNetwork.python.isPresent

/// Measuring while the network is bad.
extension RemoteTargetTests {
  @Test(.enabled(if: hasPython, "no Python"))
  func aBadNetworkIsInNoFigure() async throws {
    let agent = try await AgentProgram()
    let network = try await BadNetwork(before: agent, "--delay", "0.003", "--jitter", "0.004", "--pieces", "3")
    let data = try data(agent.place)
    let near = try await look(at: try agent.target(secure: true), as: agent.place.host)
    let far = try await look(at: try network.target(), as: agent.place.host)
    #expect(far.fingerprint() == near.fingerprint() && far.capabilities == near.capabilities)
    let there = try await far.measure([subject("one")], plan: plan(data)).map { try $0.outcome.get() }
    let here = try await near.measure([subject("one")], plan: plan(data)).map { try $0.outcome.get() }
    for (there, here) in zip(there, here) {
      #expect(there.predictions == here.predictions)
      #expect(there.measurement.quality == here.measurement.quality)
      #expect(there.measurement.model == here.measurement.model)
      #expect(there.measurement.runtime == here.measurement.runtime)
      #expect(there.measurement.conditions.dataDigest == here.measurement.conditions.dataDigest)
      #expect(there.measurement.environment.fingerprint == here.measurement.environment.fingerprint)
      #expect(there.durations.count == here.durations.count && there.durations.allSatisfy { !$0.seconds.isEmpty })
      // Each question and answer takes at least six milliseconds there and back, an inference some microseconds.
      let medians = (there.measurement.latency.summary.median, here.measurement.latency.summary.median)
      #expect(medians.0 < 20 * medians.1 && medians.1 < 20 * medians.0, "\(medians)")
    }
    var digests: Set<Digest> = []
    for target in [near, far] {
      let outputs = try await target.predictOutputs(
        of: model(), runtime: subject("one").runtime, data: data, subset: .test, ids: ["item 3", "item 1"],
        to: "\(agent.place.folder)/outputs")
      digests.insert(outputs.digest)
    }
    #expect(digests.count == 1)
  }

  @Test(.enabled(if: hasPython, "no Python"))
  func anUploadThatIsCutManyTimesSendsNothingTwice() async throws {
    let agent = try await AgentProgram()
    let network = try await BadNetwork(
      before: agent, "--cuts", "1200000-2500000", "--jitter", "0.002", "--pieces", "40000")
    let bytes = Data((0..<16_000_000).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 13) })
    let path = try agent.place.write(bytes, as: "large")
    let blob = Blob(digest: Digest(of: bytes), byteCount: UInt64(bytes.count))
    let begins = Mutex<[UInt64]>([])
    var isHere = false
    for _ in 0..<100 where !isHere {
      let isFirst = Mutex(true)
      do {
        let client = try await AgentClient.connect(to: network.target(), as: agent.place.host)
        _ = try await client.upload(path, blob) { sent in
          if isFirst.withLock({ first in
            defer { first = false }
            return first
          }) {
            begins.withLock { $0.append(sent) }
          }
        }
        isHere = true
        await client.leave()
      } catch let error as GalleyError {
        #expect([.tryAgain, .unavailable].contains(error.exitCode), "\(error)")
        try await Task.sleep(for: .milliseconds(250))
      }
    }
    let (places, passed) = (begins.withLock { $0 }, try network.passed())
    let cuts = passed.count { $0.cut }
    #expect(isHere && cuts >= 5)
    // Each goes on behind where the one before began.
    #expect(zip(places, places.dropFirst()).allSatisfy { $0 < $1 }, "\(places)")
    // What is sent again was on its way when a connection was cut: it lay in buffers of this machine.
    let up = passed.reduce(0) { $0 + $1.up }
    #expect(up < bytes.count + (cuts + 1) * 1 << 20, "\(up) bytes, \(cuts) cuts")
    let client = try await AgentClient.connect(to: try agent.target(secure: false), as: agent.place.host)
    #expect(try await !client.upload(path, blob))
    try await client.fetch(blob.digest, to: "\(agent.place.folder)/back")
    #expect(try Data(contentsOf: URL(filePath: "\(agent.place.folder)/back")) == bytes)
    await client.leave()
  }

  @Test(.enabled(if: hasPython, "no Python"))
  func aMeasurementThatIsCutAnywhereIsWholeOrSaysWhy() async throws {
    let agent = try await AgentProgram()
    let network = try await BadNetwork(
      before: agent, "--cuts", "0,3000-40000", "--chance", "0.6", "--seed", "4")
    let data = try data(agent.place)
    let target = try await look(at: try network.target(), as: agent.place.host)
    let near = try await look(at: try agent.target(secure: false), as: agent.place.host)
    let expected = try await near.measure([subject("one")], plan: plan(data, processes: 1))[0].outcome.get().predictions
    var (whole, cut) = (0, 0)
    for _ in 0..<12 {
      do {
        let result = try await target.measure([subject("one")], plan: plan(data, processes: 1))[0].outcome.get()
        #expect(result.predictions == expected)
        whole += 1
      } catch let error as GalleyError {
        #expect([.tryAgain, .unavailable].contains(error.exitCode) && !error.why.isEmpty, "\(error)")
        cut += 1
      }
    }
    let passed = try network.passed()
    #expect(whole > 0 && cut > 0, "\(whole) whole, \(cut) cut: \(passed)")
  }

  @Test func aHostThatWaitsGoesOnWithAnAgentThatCameBack() async throws {
    let agent = try await AgentProgram()
    let target = try await look(at: try agent.target(secure: true), as: agent.place.host)
    let data = try data(agent.place)
    let holder = try await AgentClient.connect(to: try agent.target(secure: false), as: agent.place.host)
    let _: NoParameters = try await holder.call(SessionMethod.acquireTurn, NoParameters())
    let (waits, told) = AsyncStream.makeStream(of: Void.self)
    let subjects = [try subject("one")]
    async let results = target.measure(subjects, plan: plan(data, processes: 1)) { event in
      if case .waiting = event { told.yield() }
    }
    _ = await waits.first { true }
    agent.kill()
    let again = try await AgentProgram(port: agent.port, in: agent.place)
    #expect(try await results[0].outcome.get().predictions?.ids.count == 40)
    #expect(holder.hasEnded)
    again.kill()
  }
}
