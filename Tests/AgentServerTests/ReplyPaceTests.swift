// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import Testing

struct ReplyPaceTests {
  @Test(arguments: [(reply: 1_150_000, until: 2_200_000), (1_199_999, 2_200_000), (1_200_000, nil), (9_000_000, nil)])
  func whoAnsweredSoonIsWaitedFor(reply: UInt64, until: UInt64?) {
    var pace = ReplyPace()
    pace.asked(at: 1_000_000)
    #expect(pace.patience == nil)
    pace.answered(at: reply)
    pace.asked(at: 2_000_000)
    #expect(pace.patience == until)
  }

  @Test func whoWasWaitedForInVainMustAnswerSoonFirst() {
    var pace = ReplyPace()
    pace.asked(at: 0)
    pace.answered(at: 50_000)
    pace.asked(at: 100_000)
    pace.wasInVain()
    pace.answered(at: 400_000)
    pace.asked(at: 500_000)
    #expect(pace.patience == nil)
    pace.answered(at: 600_000)
    pace.asked(at: 700_000)
    #expect(pace.patience == 900_000)
  }
}
