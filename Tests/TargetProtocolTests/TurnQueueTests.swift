// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Statistics
import TargetProtocol
import Testing

struct TurnQueueTests {
  @Test func oneAtATimeInTheOrderOfAsking() {
    var queue = TurnQueue()
    #expect(queue.acquire(1, at: .zero).granted == 1)
    #expect(queue.acquire(2, at: .zero).places == [2: 0])
    #expect(queue.acquire(3, at: .zero).places == [2: 0, 3: 1])
    #expect(queue.acquire(1, at: .zero).granted == nil)
    let change = queue.leave(1, at: .zero)
    #expect(change.granted == 2 && change.places == [3: 0])
    #expect(queue.acquire(1, at: .zero).places == [3: 0, 1: 1])
    #expect(queue.leave(3, at: .zero).places == [1: 0])
    #expect(queue.leave(2, at: .zero).granted == 1)
  }

  @Test func whoDoesNothingLosesItsTurnIfOthersWait() {
    var queue = TurnQueue()
    _ = queue.acquire(1, at: .zero)
    #expect(queue.nextDeadline == nil)
    _ = queue.acquire(2, at: .seconds(100))
    #expect(queue.nextDeadline == .seconds(160))
    queue.use(1, isBusy: true, at: .seconds(110))
    #expect(queue.nextDeadline == nil)
    queue.use(1, isBusy: false, at: .seconds(500))
    #expect(queue.tick(at: .seconds(559)).granted == nil)
    let change = queue.tick(at: .seconds(560))
    #expect(change.expired == 1 && change.granted == 2)
  }

  @Test func nobodyWaitsForEver() {
    var random = SeededGenerator(seed: 8)
    var queue = TurnQueue()
    var granted: [UInt64] = []
    for step in 0..<5000 {
      let client = UInt64(random.number(below: 64))
      let change =
        random.number(below: 3) == 0
        ? queue.leave(queue.holder ?? client, at: .seconds(step)) : queue.acquire(client, at: .seconds(step))
      if let client = change.granted { granted.append(client) }
      #expect(!queue.waiting.contains { $0 == queue.holder })
      #expect(Set(queue.waiting).count == queue.waiting.count)
      #expect(queue.holder != nil || queue.waiting.isEmpty)
    }
    #expect(Set(granted).count == 64)
  }
}
