// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Statistics
import TargetProtocol
import Tensors
import Testing

/// Many hosts at one agent: what each gets is its own.
struct IsolationTests {
  @Test func sixtyFourHostsGetTheirOwnAnswers() throws {
    var random = SeededGenerator(seed: 6)
    var pairs = (0..<64).map { _ in DirectPair.ready() }
    var expected: [[UInt32: Int]] = Array(repeating: [:], count: pairs.count)
    var pending: [(pair: Int, stream: UInt32, value: Int)] = []
    for step in 0..<4000 {
      let index = random.number(below: pairs.count)
      if pending.count < 400, random.number(below: 2) == 0 {
        guard let stream = try? pairs[index].host.request("x", ["value": step], at: .zero) else { continue }
        expected[index][stream] = step
        pairs[index].pump()
        guard case .request(stream, let request)? = pairs[index].agentEvents.last else {
          Issue.record("no request")
          return
        }
        let value = try request.parameters(as: [String: Int].self)["value"]
        pending.append((index, stream, value ?? -1))
      } else if !pending.isEmpty {
        let (pair, stream, value) = pending.remove(at: random.number(below: pending.count))
        pairs[pair].agent.answer(stream, ["value": value], at: .zero)
        pairs[pair].pump()
      }
    }
    for (pair, stream, value) in pending {
      pairs[pair].agent.answer(stream, ["value": value], at: .zero)
      pairs[pair].pump()
    }
    for (index, pair) in pairs.enumerated() {
      var answered: [UInt32: Int] = [:]
      for case .answered(let stream, let answer) in pair.hostEvents {
        answered[stream] = try answer.result(as: [String: Int].self)["value"]
      }
      #expect(answered == expected[index])
    }
  }

  @Test func theEndOfOneSessionIsNotTheEndOfAnother() {
    var (first, second) = (DirectPair.ready(), DirectPair.ready())
    first.agent.receive(Data([0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), at: .zero)
    first.pump()
    second.wait(60)
    #expect(first.host.end?.code == .violation)
    #expect(second.host.end == nil)
  }
}
