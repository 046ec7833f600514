// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Statistics
import TargetProtocol
import Tensors

/// A host and an agent whose users do anything at any time, with bytes that are long on their way, so that everything
/// crosses everything.
struct RestlessPair {
  var host: HostSession
  var agent: AgentSession
  var now = Duration.zero
  /// Streams that the host began and that didn't end.
  var open: Set<UInt32> = []
  /// How often streams ended in which way.
  private(set) var ends: [String: Int] = [:]
  private var known: [UInt32] = []
  private var random: SeededGenerator
  private var upward = SimulatedPipe()
  private var downward = SimulatedPipe()
  private let blob = Blob(digest: Digest(of: "blob"), byteCount: 5000)

  init(seed: UInt64) {
    let pair = DirectPair.ready()
    (host, agent) = (pair.host, pair.agent)
    random = SeededGenerator(seed: seed)
    (upward.delay, downward.delay) = (20_000, 20_000)
  }

  /// Lets the users do something, and some time go by.
  mutating func step() {
    for _ in 0..<random.number(below: 4) { disturbHost() }
    for _ in 0..<random.number(below: 4) { disturbAgent() }
    pass(.milliseconds(random.number(below: random.number(below: 20) == 0 ? 20_000 : 30)))
  }

  /// Lets time go by, with whatever is due in it.
  mutating func pass(_ time: Duration) {
    let until = now + time
    exchange()
    while let next = [host.nextDeadline, agent.nextDeadline, upward.nextArrival, downward.nextArrival]
      .compactMap({ $0 }).min(), next <= until
    {
      now = max(now, next)
      exchange()
    }
    now = until
  }

  private mutating func exchange() {
    while let bytes = upward.pull(at: now, &random) { agent.receive(bytes, at: now) }
    while let bytes = downward.pull(at: now, &random) { host.receive(bytes, at: now) }
    if host.nextDeadline.map({ $0 <= now }) ?? false { host.tick(at: now) }
    if agent.nextDeadline.map({ $0 <= now }) ?? false { agent.tick(at: now) }
    for item in host.takeOutput() {
      if case .send(let pieces) = item { upward.push(pieces, at: now, &random) }
      if case .event(let event) = item { note(event) }
    }
    for item in agent.takeOutput() {
      if case .send(let pieces) = item { downward.push(pieces, at: now, &random) }
    }
  }

  private mutating func note(_ event: HostEvent) {
    let (ended, kind): (UInt32, String)
    switch event {
    case .answered(let stream, _): (ended, kind) = (stream, "answered")
    case .ran(let stream, _, _): (ended, kind) = (stream, "ran")
    case .failed(let stream, _): (ended, kind) = (stream, "failed")
    case .stored(let stream, _): (ended, kind) = (stream, "stored")
    case .received(let stream, _, true): (ended, kind) = (stream, "received")
    default: return
    }
    open.remove(ended)
    ends[kind, default: 0] += 1
  }

  private mutating func disturbHost() {
    let stream = anyStream()
    var begun: UInt32?
    switch random.number(below: 9) {
    case 0: begun = try? host.request("x", within: Double(1 + random.number(below: 20)), NoParameters(), at: now)
    case 1: begun = try? host.offer(blob, at: now)
    case 2: begun = try? host.fetch(blob.digest, from: UInt64(random.number(below: 6000)), window: 700, at: now)
    case 3: begun = try? host.run([], worker: 1, at: now)
    case 4: host.cancel(stream, at: now)
    case 5: host.consumed(random.number(below: 900), of: stream, at: now)
    default:
      if let piece = host.nextPiece(most: 300) { host.send(Data(count: piece.count), of: piece.stream, at: now) }
    }
    if let begun {
      open.insert(begun)
      known.append(begun)
    }
  }

  private mutating func disturbAgent() {
    let stream = anyStream()
    switch random.number(below: 10) {
    case 0: agent.answer(stream, NoParameters(), at: now)
    case 1:
      if let outputs = try? EncodedTensors([Tensor]()) {
        agent.answerRun(stream, nanoseconds: 1, outputs: outputs, at: now)
      }
    case 2: agent.fail(stream, RequestFailure(.failed, exitCode: .software, what: "w", why: "y"), at: now)
    case 3: agent.have(stream, at: now)
    case 4: agent.want(stream, from: UInt64(random.number(below: 6000)), window: 500, at: now)
    case 5: agent.found(stream, blob, at: now)
    case 6: agent.tell(.position(3), of: stream, at: now)
    case 7: agent.consumed(random.number(below: 900), of: stream, at: now)
    default:
      if let piece = agent.nextPiece(most: 300) { agent.send(Data(count: piece.count), of: piece.stream, at: now) }
    }
  }

  /// One of the last streams, mostly.
  private mutating func anyStream() -> UInt32 {
    guard !known.isEmpty else { return 1 }
    return known.suffix(12)[known.suffix(12).startIndex + random.number(below: min(12, known.count))]
  }
}
