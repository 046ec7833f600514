// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import GRDB
import Galley
import Golden
import Statistics
import Testing

@Suite struct GoldenVolumeTests {
  @Test func keepsRowsAndGivesThemBackAsTheyWere() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/deep/er/a.golden")
      let rows = [try RowFixture.row("a"), try RowFixture.row("b", accuracy: nil)]
      #expect(try volume.insert(rows) == 2)
      let read = try GoldenVolume.open(folder + "/deep/er/a.golden").rows()
      #expect(Set(read) == Set(rows))
      try volume.check()
    }
  }

  @Test func insertingTwiceChangesNothing() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      #expect(try volume.insert([try RowFixture.row("a")]) == 1)
      #expect(try volume.insert([try RowFixture.row("a"), try RowFixture.row("b")]) == 1)
      #expect(try volume.rows().count == 2)
    }
  }

  @Test func isOneFileAtRest() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      try volume.insert([try RowFixture.row("a")])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.golden"])
    }
  }

  @Test func filtersByEveryColumnItNames() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      try volume.insert([
        try RowFixture.row("a"), try RowFixture.row("b", target: "camera"), try RowFixture.row("c", data: "other"),
      ])
      func names(_ filter: GoldenFilter) throws -> [String] { try volume.rows(filter).map(\.variant).sorted() }
      #expect(try names(GoldenFilter(recipeDigest: Digest(of: "a"))) == ["a"])
      #expect(try names(GoldenFilter(dataDigest: Digest(of: "data"))) == ["a", "b"])
      #expect(try names(GoldenFilter(modelDigest: Digest(of: "c"))) == ["c"])
      #expect(try names(GoldenFilter(dataDigest: Digest(of: "data"), target: "camera")) == ["b"])
      #expect(try names(GoldenFilter(task: "none")) == [])
      #expect(try names(GoldenFilter(variant: "a' OR 1=1 --")) == [])
    }
  }

  @Test func columnsCarryTheFiguresWithTheirUnits() throws {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.golden").insert([try RowFixture.row("a", median: 33e-6)])
      let row = try DatabaseQueue(path: folder + "/a.golden").read {
        try Row.fetchOne($0, sql: "SELECT * FROM golden")
      }
      let found = try #require(row)
      #expect(found["latency_s"] == 33e-6)
      #expect(found["model_size_bytes"] == 1234)
      #expect(found["peak_resident_bytes"] == 1 << 20)
      #expect(found["accuracy"] == 0.98)
      #expect(found["measured_at_unix_s"] == 1_795_246_500.0)
    }
  }

  @Test func aVolumeWhoseFirstMigrationWasCutOffIsFinished() throws {
    try RowFixture.withFolder { folder in
      try DatabaseQueue(path: folder + "/a.golden").write {
        try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      }
      try GoldenVolume.open(folder + "/a.golden").insert([try RowFixture.row("a")])
      #expect(try GoldenVolume.open(folder + "/a.golden").rows().count == 1)
    }
  }

  @Test func manyWritersAtOnceLoseNothing() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "golden-\(UUID().uuidString)").path()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<4 {
        group.addTask {
          let volume = try GoldenVolume.open(folder + "/a.golden")
          for number in 0..<5 { try volume.insert([try RowFixture.row("\(writer)-\(number)")]) }
        }
      }
      try await group.waitForAll()
    }
    #expect(try GoldenVolume.open(folder + "/a.golden").rows().count == 20)
  }

  @Test func refusesNumbersThatCannotBe() throws {
    func refusal(_ change: (inout Galley.Measurement) -> Void) -> GalleyError? {
      var measurement = RowFixture.measurement("a")
      change(&measurement)
      return #expect(throws: GalleyError.self) {
        try GoldenRow(
          recipeDigest: Digest(of: "a"), recipe: "{}", variant: "a", task: "t", target: "t", measurement: measurement)
      }
    }
    #expect(refusal { $0.latency.summary.median = .nan }?.place == "latency.summary.median")
    #expect(refusal { $0.latency.summary.median = 0 }?.place == "latency.summary.median")
    #expect(refusal { $0.latency.summary.p99 = -1 }?.place == "latency.summary.p99")
    #expect(refusal { $0.latency.medianInterval.upper = .infinity }?.place == "latency.medianInterval")
    #expect(refusal { $0.phases.load.mean = -.infinity }?.place == "phases.load.mean")
    #expect(refusal { $0.conditions.processes = 0 }?.place == "conditions.processes")
    #expect(refusal { $0.model.byteCount = 0 }?.place == "model.byteCount")
    #expect(refusal { $0.resources.peakResidentBytes = [] }?.place == "resources.peakResidentBytes")
    #expect(refusal { $0.quality?.accuracy = 1.01 }?.place == "quality.accuracy")
    #expect(refusal { $0.environment.loadAfter = .nan }?.place == "environment.loadAfter")
  }

  @Test func failedTrialsAreRowsWithTheirReason() throws {
    try RowFixture.withFolder { folder in
      let volume = try GoldenVolume.open(folder + "/a.golden")
      let row = try GoldenRow(
        failed: "out of memory", recipe: GoldenRecipe("{}", form: .galley), variant: "wide", task: "classification",
        target: "local", at: 1_795_246_500, source: .sweep, columns: ["batch": .integer(64)])
      #expect(try volume.insert([row, row]) == 1)
      let read = try #require(try volume.rows().first)
      #expect(read == row)
      #expect(read.status == .failed)
      #expect(read.reason == "out of memory")
      try volume.check()
      #expect(throws: GalleyError.self) { try GoldenFront.front(of: [read]) }
    }
  }

  @Test func aFailedTrialTakesOnlyColumnsThatThereAre() {
    for columns: [String: GoldenValue] in [
      ["batches": .integer(1)], ["batch": .text("1")], ["id": .text("a")], ["latency_s": .real(.infinity)],
    ] {
      #expect(throws: GalleyError.self) {
        try GoldenRow(
          failed: "x", recipe: GoldenRecipe("{}", form: .galley), variant: "v", task: "t", target: "t", at: 1,
          source: .sweep, columns: columns)
      }
    }
  }

  @Test func everyColumnIsInTheFileUnderItsKind() throws {
    try RowFixture.withFolder { folder in
      _ = try GoldenVolume.open(folder + "/a.golden")
      let columns = try DatabaseQueue(path: folder + "/a.golden").read {
        try Row.fetchAll($0, sql: "PRAGMA table_info(golden)").map { ($0["name"] as String, $0["type"] as String) }
      }
      #expect(columns.map(\.0) == GoldenColumn.all.map(\.name))
      #expect(columns.map { $0.1.lowercased() } == GoldenColumn.all.map(\.kind.rawValue))
    }
  }

  @Test func refusesARecipeThatIsNotJSON() throws {
    #expect(throws: GalleyError.self) {
      try GoldenRow(
        recipeDigest: Digest(of: "a"), recipe: "width: 8", variant: "a", task: "t", target: "t",
        measurement: RowFixture.measurement("a"))
    }
  }
}
