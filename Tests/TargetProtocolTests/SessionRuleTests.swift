// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Statistics
import TargetProtocol
import Tensors
import Testing

/// What each side does with what it shouldn't get, and with what doesn't come.
struct SessionRuleTests {
  static let blob = Blob(digest: Digest(of: "model"), byteCount: 1000)

  @Test func quietSidesPingAndStay() {
    var pair = DirectPair.ready()
    pair.wait(3600)
    #expect(pair.host.end == nil && pair.agent.end == nil)
  }

  @Test func silentSidesEnd() {
    var pair = DirectPair.ready()
    pair.isConnected = false
    pair.wait(16)
    #expect(pair.host.end?.code == .timeout && pair.agent.end?.code == .timeout)
  }

  @Test func aFrameThatDribblesEnds() throws {
    var pair = DirectPair.ready()
    let bytes = try #require(OutgoingFrame.message(.request, stream: 1, Data(repeating: 0x20, count: 100)).first)
    for (index, byte) in bytes.enumerated() where pair.agent.end == nil {
      pair.now = .seconds(index)
      pair.agent.receive(Data([byte]), at: pair.now)
      pair.agent.tick(at: pair.now)
    }
    #expect(pair.agent.end?.code == .timeout)
    #expect(pair.now == .seconds(30))
  }

  @Test func aRequestHasADeadlineOnBothSides() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("slow", within: 3, NoParameters(), at: pair.now)
    pair.pump()
    pair.wait(4)
    #expect(pair.agentEvents.last == .cancelled(stream: stream))
    #expect(pair.host.end == nil)
    pair.wait(5)
    guard case .failed(stream, let failure)? = pair.hostEvents.last else {
      Issue.record("no failure")
      return
    }
    #expect(failure.code == .deadline)
    #expect(pair.host.end == nil && pair.agent.end == nil)
    // What comes too late is ignored.
    pair.agent.answer(stream, NoParameters(), at: pair.now)
    pair.pump()
    #expect(pair.host.end == nil)
  }

  @Test func whatWasStoppedBecauseItsTimeWasOverEndsWithDeadline() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("slow", within: 3, NoParameters(), at: pair.now)
    pair.pump()
    pair.wait(4)
    let failure = RequestFailure(.cancelled, exitCode: .interrupted, what: "it ended", why: "it was cancelled")
    pair.agent.fail(stream, failure, at: pair.now)
    pair.pump()
    guard case .failed(stream, let told)? = pair.hostEvents.last else {
      Issue.record("no failure")
      return
    }
    #expect(told.code == .deadline && told.exitCode == .tryAgain)
  }

  @Test func anAgentThatNeverAnswersEndsTheSessionOfTheHost() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("slow", within: 3, NoParameters(), at: pair.now)
    for _ in 0..<14 {
      _ = pair.host.takeOutput()
      pair.now += .seconds(1)
      pair.host.receive(OutgoingFrame.beat(.ping, 1).reduce(Data(), +), at: pair.now)
      pair.host.tick(at: pair.now)
    }
    #expect(pair.host.end?.code == .timeout)
    _ = stream
  }

  @Test func cancelledRequestsEnd() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("slow", within: 300, NoParameters(), at: pair.now)
    pair.pump()
    pair.host.cancel(stream, at: pair.now)
    pair.host.cancel(stream, at: pair.now)
    pair.pump()
    #expect(pair.agentEvents.last == .cancelled(stream: stream))
    let failure = RequestFailure(.cancelled, exitCode: .interrupted, what: "w", why: "y")
    pair.agent.fail(stream, failure, at: pair.now)
    pair.pump()
    #expect(pair.hostEvents.last == .failed(stream: stream, failure))
  }

  @Test func cancelledRunsEnd() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.run([], worker: 1, at: pair.now)
    pair.pump()
    pair.host.cancel(stream, at: pair.now)
    pair.pump()
    #expect(pair.agentEvents.last == .cancelled(stream: stream))
    // The agent's program does nothing; its session ends the stream.
    pair.wait(6)
    guard case .failed(stream, let failure)? = pair.hostEvents.last else {
      Issue.record("no failure")
      return
    }
    #expect(failure.code == .deadline)
    #expect(pair.host.end == nil)
  }

  @Test func aCancelThatCrossesTheAnswerIsIgnored() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("quick", NoParameters(), at: pair.now)
    pair.pump()
    pair.agent.answer(stream, ["a": 1], at: pair.now)
    pair.host.cancel(stream, at: pair.now)
    pair.pump()
    #expect(pair.host.end == nil && pair.agent.end == nil)
    guard case .answered(stream, _)? = pair.hostEvents.last else {
      Issue.record("no answer")
      return
    }
  }

  @Test func whatAnAgentStopsToReceiveDrains() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.offer(Self.blob, at: pair.now)
    pair.pump()
    pair.agent.want(stream, window: 300, at: pair.now)
    pair.pump()
    let piece = pair.host.nextPiece(most: 200)
    #expect(piece?.stream == stream && piece?.offset == 0 && piece?.count == 200)
    // Bytes and failure cross.
    pair.host.send(Data(count: 200), of: stream, at: pair.now)
    pair.agent.fail(stream, RequestFailure(.quota, exitCode: .cantCreate, what: "w", why: "full"), at: pair.now)
    pair.pump()
    #expect(pair.host.end == nil && pair.agent.end == nil)
    guard case .failed(stream, let failure)? = pair.hostEvents.last else {
      Issue.record("no failure")
      return
    }
    #expect(failure.code == .quota)
    // All places are free again.
    for _ in 0..<200 {
      let stream = try pair.host.offer(Self.blob, at: pair.now)
      pair.pump()
      pair.agent.fail(stream, failure, at: pair.now)
      pair.pump()
    }
    #expect(pair.host.end == nil && pair.agent.end == nil)
  }

  @Test func transfersThatStandStillEnd() throws {
    // The agent never says whether it wants the blob.
    var pair = DirectPair.ready()
    var stream = try pair.host.offer(Self.blob, at: pair.now)
    pair.pump()
    pair.wait(140)
    #expect(pair.hostEvents.contains { if case .failed(stream, _) = $0 { true } else { false } })
    // The host never sends it.
    pair = .ready()
    stream = try pair.host.offer(Self.blob, at: pair.now)
    pair.pump()
    pair.agent.want(stream, window: 300, at: pair.now)
    pair.pump()
    pair.wait(60)
    #expect(pair.agentEvents.last == .stopped(stream: stream))
    #expect(pair.hostEvents.contains { if case .failed(stream, _) = $0 { true } else { false } })
    // The agent takes nothing from its disk; the host takes nothing of what comes.
    pair = .ready()
    stream = try pair.host.fetch(Self.blob.digest, window: 100, at: pair.now)
    pair.pump()
    pair.agent.found(stream, Self.blob, at: pair.now)
    pair.pump()
    pair.wait(60)
    #expect(pair.hostEvents.contains { if case .failed(stream, _) = $0 { true } else { false } })
    #expect(pair.host.end == nil && pair.agent.end == nil)
  }

  @Test func nobodySendsMoreThanItsCredit() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.offer(Self.blob, at: pair.now)
    pair.pump()
    pair.agent.want(stream, window: 300, at: pair.now)
    pair.pump()
    var sent = 0
    while let piece = pair.host.nextPiece(most: 128) {
      pair.host.send(Data(count: piece.count), of: stream, at: pair.now)
      sent += piece.count
    }
    #expect(sent == 300)
    pair.pump()
    #expect(pair.agent.end == nil)
    pair.agent.receive(OutgoingFrame.data(stream: stream, Data([1]), isEnd: false).reduce(Data(), +), at: pair.now)
    #expect(pair.agent.end?.code == .violation)
  }

  @Test func limitsAreSaidOrKept() throws {
    var pair = DirectPair.ready()
    #expect(throws: HostRefusal.tooLarge) {
      try pair.host.offer(Blob(digest: Self.blob.digest, byteCount: 1 << 31), at: .zero)
    }
    for _ in 0..<4 { _ = try pair.host.offer(Self.blob, at: .zero) }
    #expect(throws: HostRefusal.tooMany) { try pair.host.offer(Self.blob, at: .zero) }
    for _ in 0..<4 { _ = try pair.host.run([], worker: 1, at: .zero) }
    #expect(throws: HostRefusal.tooMany) { try pair.host.run([], worker: 1, at: .zero) }
    for _ in 0..<56 { _ = try pair.host.request("x", NoParameters(), at: .zero) }
    #expect(throws: HostRefusal.tooMany) { try pair.host.request("x", NoParameters(), at: .zero) }
    pair.pump()
    #expect(pair.agent.end == nil)
  }

  @Test func goodbyeLetsEndWhatRunsAndBeginsNothing() throws {
    var pair = DirectPair.ready()
    let stream = try pair.host.request("x", NoParameters(), at: .zero)
    pair.pump()
    pair.agent.leave(within: 20, at: .zero)
    pair.pump()
    #expect(pair.hostEvents.last == .goodbye(seconds: 20))
    #expect(throws: HostRefusal.notReady) { try pair.host.request("x", NoParameters(), at: .zero) }
    pair.agent.answer(stream, ["a": 1], at: .zero)
    pair.pump()
    #expect(pair.agent.end?.code == .shuttingDown)
    #expect(pair.host.end == SessionEnd(.shuttingDown, "the agent ends", isRemote: true))
    pair = .ready()
    _ = try pair.host.request("x", NoParameters(), at: .zero)
    pair.pump()
    pair.agent.leave(within: 2, at: .zero)
    pair.pump()
    pair.wait(3)
    #expect(pair.host.end?.code == .shuttingDown)
    #expect(pair.hostEvents.contains { if case .failed = $0 { true } else { false } })
  }

  @Test(
    arguments: [
      [0x14, 1, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0],  // cancel of what was never open
      [0x25, 1, 0, 0, 9, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0],  // credit for what was never open
      [0x24, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // data on no stream
      [0x31, 1, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // a pong to no ping
      [0x22, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // what only agents say
      [0x10, 1, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0x7B, 0x7D],  // a request without a method
      [0x15, 1, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0],  // a run without its tensor
      [0x01, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0x7B, 0x7D],  // a second hello
    ] as [[UInt8]])
  func illegalFramesEndTheSessionWithOneReason(_ bytes: [UInt8]) {
    var pair = DirectPair.ready()
    pair.agent.receive(Data(bytes), at: .zero)
    pair.pump()
    #expect(pair.agent.end?.code == .violation)
    #expect(pair.host.end?.code == .violation && pair.host.end?.isRemote == true)
    #expect(pair.host.end?.reason == pair.agent.end?.reason)
  }

  @Test func mutatedSessionsNeverCrashAndStayBounded() throws {
    var original = DirectPair.ready()
    _ = try original.host.request("sum", ["values": [1, 2]], at: .zero)
    _ = try original.host.offer(Self.blob, at: .zero)
    _ = try original.host.run([try Tensor([Float(1)], shape: [1])], worker: 1, at: .zero)
    original.pump()
    var random = SeededGenerator(seed: 5)
    for isHost in [true, false] {
      let bytes = isHost ? original.written.agent : original.written.host
      for _ in 0..<3000 {
        var mutated = Array(bytes)
        for _ in 0...random.number(below: 3) {
          mutated[random.number(below: mutated.count)] = UInt8(truncatingIfNeeded: random.next())
        }
        var pair = DirectPair(.local, AgentTrust(hosts: [DirectPair.certificates.host]))
        pair.host = HostSession(
          SessionIdentity(name: "galley", version: "1.0", nonce: Digest(of: "host"), channel: DirectPair.channel),
          .certificate(agent: DirectPair.certificates.agent), at: .zero)
        pair.agent = AgentSession(
          SessionIdentity(name: "a", version: "1.0", nonce: Digest(of: "agent"), channel: DirectPair.channel),
          AgentTrust(hosts: [DirectPair.certificates.host]), SimulatedConnection.welcome, at: .zero)
        if isHost {
          pair.host.receive(Data(mutated), at: .zero)
          #expect(pair.host.heldByteCount <= mutated.count)
        } else {
          pair.agent.receive(Data(mutated), at: .zero)
          #expect(pair.agent.heldByteCount <= mutated.count)
        }
      }
    }
  }

  @Test func anAgentThatHasTooManySessionsSaysSo() {
    var pair = DirectPair(.certificate(agent: DirectPair.certificates.agent), AgentTrust(isPairingOpen: true))
    pair.host = HostSession(
      SimulatedConnection.identity("h", DirectPair.channel), .certificate(agent: DirectPair.certificates.agent),
      at: .zero)
    pair.agent = AgentSession(
      SimulatedConnection.identity("a", DirectPair.channel), AgentTrust(), SimulatedConnection.welcome, at: .zero)
    pair.agent.refuse(SessionEnd(.busy, "64 sessions are open"), at: .zero)
    pair.pump()
    #expect(pair.host.end == SessionEnd(.busy, "64 sessions are open", isRemote: true))
  }

  @Test func afterItsEndASessionSaysNothingMore() throws {
    var pair = DirectPair.ready()
    pair.agent.disconnect(at: .zero)
    _ = pair.agent.takeOutput()
    pair.agent.receive(Data([1, 2, 3]), at: .zero)
    pair.agent.tick(at: .seconds(100))
    pair.agent.leave(within: 1, at: .seconds(100))
    pair.agent.answer(1, NoParameters(), at: .seconds(100))
    #expect(pair.agent.takeOutput().isEmpty)
    #expect(pair.agent.nextDeadline == nil)
    #expect(pair.agent.end?.code == .cut)
  }

  @Test(arguments: [
    "blob:" + String(repeating: "a", count: 63), "blob:" + String(repeating: "A", count: 64), "/etc/passwd",
    "blob:../../etc/passwd", "blob:", "", "BLOB:" + String(repeating: "a", count: 64),
    "blob:" + String(repeating: "a", count: 64) + "/..", "blob:" + String(repeating: "a", count: 63) + "\u{0}",
  ])
  func pathsThatNameNoBlobAreRefused(_ path: String) {
    #expect(BlobPath(path) == nil)
  }

  @Test func blobsHaveNames() {
    let digest = Digest(of: "x")
    #expect(BlobPath("blob:\(digest)")?.digest == digest)
    #expect("\(BlobPath(digest))" == "blob:\(digest)")
  }
}
