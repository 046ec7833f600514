// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import TargetProtocol
import Testing

struct RestlessTests {
  @Test func whateverCrossesTwoCorrectSidesNeverAccuseEachOther() {
    var ends: [String: Int] = [:]
    for seed in 1...60 {
      var pair = RestlessPair(seed: UInt64(seed))
      for _ in 0..<400 { pair.step() }
      #expect(pair.host.end == nil, "seed \(seed): \(String(describing: pair.host.end))")
      #expect(pair.agent.end == nil, "seed \(seed): \(String(describing: pair.agent.end))")
      // Left alone, all that was begun ends in bounded time, and the session stays.
      pair.pass(.seconds(300))
      #expect(pair.open.isEmpty, "seed \(seed): \(pair.open)")
      #expect(pair.host.end == nil && pair.agent.end == nil)
      ends.merge(pair.ends) { $0 + $1 }
      pair.agent.leave(within: 5, at: pair.now)
      pair.pass(.seconds(20))
      #expect(pair.agent.end?.code == .shuttingDown && pair.host.end?.code == .shuttingDown)
    }
    // All kinds of ends were met.
    for kind in ["answered", "ran", "failed", "stored", "received"] { #expect(ends[kind, default: 0] > 10, "\(ends)") }
  }
}
