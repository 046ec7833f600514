// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import GRDB
import Galley
import Golden
import Testing

@Suite struct VolumesTests {
  private func withTwo<Result>(_ body: (GoldenVolumes, String) throws -> Result) throws -> Result {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.golden").insert([try RowFixture.row("one"), try RowFixture.row("both")])
      try GoldenVolume.open(folder + "/b's.golden").insert([try RowFixture.row("two"), try RowFixture.row("both")])
      return try body(try GoldenVolumes(paths: [folder + "/a.golden", folder + "/b's.golden"]), folder)
    }
  }

  @Test func severalAreReadAsOneAndRowsAreShownOnce() throws {
    try withTwo { volumes, _ throws in
      #expect(try volumes.rows().map(\.variant).sorted() == ["both", "one", "two"])
      #expect(try volumes.count() == 3)
      #expect(try volumes.check() == [2, 2])
      #expect(try volumes.query("SELECT count(*) AS n FROM golden").rows == [[.integer(3)]])
    }
  }

  @Test(arguments: [
    "DELETE FROM golden", "SELECT 1; DELETE FROM golden", "INSERT INTO golden (id) VALUES ('x')",
    "PRAGMA writable_schema = 1", "ATTACH DATABASE '/tmp/x' AS x", "DROP TABLE golden", "VACUUM",
    "WITH a AS (SELECT 1) DELETE FROM golden", "CREATE TEMP TABLE t (x)", "SELECT * FROM nothing", "SELEC 1", "",
    "UPDATE golden SET reason = 'x' RETURNING id",
  ])
  func sqlReadsOnly(statement: String) throws {
    try withTwo { volumes, folder throws in
      let before = try Data(contentsOf: URL(filePath: folder + "/a.golden"))
      let error = #expect(throws: GalleyError.self) { try volumes.query(statement) }
      #expect(error?.exitCode == .usage)
      #expect(try Data(contentsOf: URL(filePath: folder + "/a.golden")) == before)
    }
  }

  @Test func sqlSeesUnitsInTheNames() throws {
    try withTwo { volumes, _ throws in
      let table = try volumes.query(
        "SELECT variant, latency_s * 1e6 AS us FROM golden WHERE variant = 'one' -- a comment")
      #expect(table.columns == ["variant", "us"])
      #expect(table.rows.first?[0] == .text("one"))
      #expect(abs((table.rows.first?[1].number ?? 0) - 20) < 1e-9)
    }
  }

  @Test func aRowIsNamedByItsFirstDigits() throws {
    try withTwo { volumes, _ throws in
      let row = try #require(try volumes.rows().first)
      #expect(try volumes.row(row.id.short) == row)
      #expect(#expect(throws: GalleyError.self) { try volumes.row("") }?.exitCode == .usage)
      #expect(#expect(throws: GalleyError.self) { try volumes.row("%") }?.exitCode == .usage)
      #expect(
        #expect(throws: GalleyError.self) { try volumes.row(String(repeating: "0", count: 64)) }?.exitCode
          == .missingInput)
    }
  }

  @Test func mergingAddsWhatIsNewWithItsDocuments() throws {
    try withTwo { volumes, folder throws in
      let volume = try GoldenVolume.open(folder + "/c.golden")
      #expect(try volume.merge(volumes) == 3)
      #expect(try volume.merge(volumes) == 0)
      #expect(try volume.check() == 3)
      #expect(Set(try volume.rows()) == Set(try volumes.rows()))
    }
  }

  @Test func nothingOfADamagedVolumeIsMerged() throws {
    try withTwo { _, folder throws in
      try DatabaseQueue(path: folder + "/b's.golden").write {
        try $0.execute(sql: "UPDATE golden SET latency_s = 1 WHERE variant = 'two'")
      }
      let volume = try GoldenVolume.open(folder + "/c.golden")
      #expect(throws: GalleyError.self) {
        try volume.merge(try GoldenVolumes(paths: [folder + "/a.golden", folder + "/b's.golden"]))
      }
      #expect(try volume.rows().isEmpty)
    }
  }

  @Test func aMissingVolumeIsNamed() {
    let error = #expect(throws: GalleyError.self) { try GoldenVolumes(paths: ["/nowhere/a.golden"]) }
    #expect(error?.exitCode == .missingInput)
    #expect(error?.place == "/nowhere/a.golden")
  }

  @Test func tooManyVolumesAreRefused() throws {
    try withTwo { _, folder throws in
      let error = #expect(throws: GalleyError.self) {
        try GoldenVolumes(paths: Array(repeating: folder + "/a.golden", count: 12))
      }
      #expect(error?.exitCode == .usage)
    }
  }

  @Test func aFilterOnTargetAndLatencyUsesItsIndex() throws {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.golden").insert([try RowFixture.row("one")])
      let volumes = try GoldenVolumes(paths: [folder + "/a.golden"])
      let plan = try volumes.query(
        "EXPLAIN QUERY PLAN SELECT id FROM golden WHERE target = 'local' AND latency_s <= 0.01")
      #expect(plan.rows.contains { $0.contains { $0.plain.contains("golden_target") } })
    }
  }
}
