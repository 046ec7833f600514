// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Golden
import Testing

@Suite struct GoldenFrontTests {
  @Test func keepsWhatNothingBeats() throws {
    let rows = [
      try RowFixture.row("slow and best", median: 60e-6, accuracy: 0.99),
      try RowFixture.row("beaten", median: 40e-6, accuracy: 0.97),
      try RowFixture.row("middle", median: 30e-6, accuracy: 0.98),
      try RowFixture.row("fast", median: 10e-6, accuracy: 0.95),
      try RowFixture.row("equal to fast", median: 10e-6, accuracy: 0.95),
    ]
    let names = try GoldenFront.front(of: rows).map(\.variant)
    #expect(Set(names.prefix(2)) == ["fast", "equal to fast"])
    #expect(Array(names.dropFirst(2)) == ["middle", "slow and best"])
  }

  @Test func hasNoRowsForNoRows() throws {
    #expect(try GoldenFront.front(of: []).isEmpty)
  }

  @Test func refusesRowsThatCannotBeComparedAndSaysWhy() throws {
    let row = try RowFixture.row("a")
    let others = [
      ("task", try RowFixture.row("b", task: "segmentation")), ("target", try RowFixture.row("b", target: "camera")),
      ("data", try RowFixture.row("b", data: "other")), ("hardware", try RowFixture.row("b", processor: "other")),
    ]
    for (name, other) in others {
      let error = #expect(throws: GalleyError.self) { try GoldenFront.front(of: [row, other]) }
      #expect(error?.why.hasPrefix("they differ in \(name): ") == true)
    }
    let error = #expect(throws: GalleyError.self) {
      try GoldenFront.front(of: [row, try RowFixture.row("blind", accuracy: nil)])
    }
    #expect(error?.why == "the quality of 'blind' was not measured")
  }
}
