// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Golden
import Testing

/// Tables that several connections look through, beside the same read by one.
@Suite struct VolumeScanTests {
  private func withRows(_ count: Int, _ body: (GoldenVolumes, GoldenVolumes, String) throws -> Void) throws {
    try RowFixture.withFolder { folder in
      let path = folder + "/a.golden"
      try GoldenVolume.open(path).insert((0..<count).map { try RowFixture.row("variant \($0)") })
      try body(try GoldenVolumes(paths: [path]), try GoldenVolumes([("a", path)], scanningFrom: 1), path)
    }
  }

  @Test(arguments: [
    "'variant 1' in variant", "accuracy >= 0", "size > 0MB and variant != 'variant 7'", "gpu_driver == 'none'",
    "accuracy == null or 'variant 2' in variant", "target == 'local' && latency <= 1s",
  ])
  func manyConnectionsFindWhatOneFinds(expression: String) throws {
    try withRows(60) { plain, scanning, _ in
      let condition = try GoldenCondition(expression)
      let columns = ["id", "variant", "latency_s"].compactMap { GoldenColumn.named($0)?.column }
      let expected = try plain.table(columns, where: condition)
      #expect(try scanning.table(columns, where: condition) == expected)
      #expect(try scanning.count(where: condition) == expected.rows.count)
      let variant = try #require(GoldenColumn.named("variant")?.column)
      let order = GoldenVolumes.Order(variant, isDescending: true)
      #expect(
        try scanning.table(columns, where: condition, order: order, limit: 5)
          == plain.table(columns, where: condition, order: order, limit: 5))
    }
  }

  @Test func aWriterThatComesBetweenHarmsNobody() throws {
    try withRows(20) { _, scanning, path in
      let condition = try GoldenCondition("'variant' in variant")
      let columns = ["id"].compactMap { GoldenColumn.named($0)?.column }
      let rows = try (20..<120).map { try RowFixture.row("variant \($0)") }
      let writer = Thread {
        for row in rows { _ = try? GoldenVolume.open(path).insert([row]) }
      }
      writer.start()
      var last = 0
      while last < 120 {
        let found = try scanning.table(columns, where: condition).rows.count
        #expect(found >= last)
        last = found
        if writer.isFinished, try scanning.count() < 120 { break }
      }
      #expect(last == 120)
    }
  }
}
