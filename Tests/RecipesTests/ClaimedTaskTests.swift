// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

@Suite struct ClaimedTaskTests {
  @Test func trainingNeedsNoRuntime() {
    #expect(ClaimedTask.train.slotPaths == ["data", "split", "model.architecture", "trainer"])
    #expect(ClaimedTask.validate.slotPaths == ClaimedTask.train.slotPaths)
  }

  @Test func benchNeedsEverySlotOfTheTask() {
    let slots = Card.classificationTask.options.filter(\.kind.isSlot).map(\.name)
    #expect(Set(ClaimedTask.bench.slotPaths) == Set(slots))
    #expect(ClaimedTask.bench.slotPaths.count == slots.count)
  }

  @Test func aGoalIncludesThoseBefore() {
    for (earlier, later) in zip(StageGoal.allCases, StageGoal.allCases.dropFirst()) {
      #expect(earlier < later)
      #expect(later.slotPaths.starts(with: earlier.slotPaths))
    }
  }

  @Test func anUnknownTaskIsRefusedWithTheKnownOnes() throws {
    #expect(try ClaimedTask(named: "predict").goal == .report)
    let error = #expect(throws: GalleyError.self) { try ClaimedTask(named: "fly") }
    #expect(error?.remedy?.contains("train, validate, test, predict, export, optimize, bench") == true)
  }
}
