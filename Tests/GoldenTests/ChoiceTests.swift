// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Golden
import Statistics
import Testing

@Suite struct ChoiceTests {
  /// Eleven rows of LEIP's bdd100k volume (v0.1, cuda:A4500): recipe, quantization, milliseconds, mAP; one whose energy
  /// is 0, one without quality, one that failed.
  private static let leip = """
    id,device,quantization,backbone,od_task_metric,od_inf_rate,od_inf_energy
    0,cuda:A4500,none,r123,.123659,1.752548,1
    1,cuda:A4500,symmetricpc,r123,.123659,1.052337,1
    2,cuda:A4500,uncompiled,r123,.123659,4.603163,1
    3,cuda:A4500,none,r135,.206753,3.652221,1
    4,cuda:A4500,symmetricpc,r135,.206753,1.940227,1
    5,cuda:A4500,uncompiled,r135,.206753,7.730737,1
    6,cuda:A4500,none,r201,.208796,13.044302,1
    7,cuda:A4500,symmetricpc,r201,.208796,3.398001,1
    8,cuda:A4500,none,r213,.155941,2.766911,1
    9,cuda:A4500,symmetricpc,r213,.155941,1.421345,1
    10,cuda:A4500,uncompiled,r213,.155941,6.075095,0
    11,cuda:A4500,none,r300,,6.0,1

    """

  private func withLeip<Result>(_ body: (GoldenVolumes, String) throws -> Result) throws -> Result {
    try RowFixture.withFolder { folder in
      try Data(Self.leip.utf8).write(to: URL(filePath: folder + "/leip.csv"))
      let found = try GoldenImport(folder + "/leip.csv", meaning: .init(task: "detection", metric: "mAP"))
      let failed = try GoldenRow(
        failed: "no memory", recipe: GoldenRecipe("{}", form: .galley), variant: "failed", task: "detection",
        target: "cuda:A4500", at: 1, source: .sweep, columns: ["hardware": .text("cuda:A4500")])
      try GoldenVolume.open(folder + "/a.golden").insert(found.rows + [failed])
      return try body(try GoldenVolumes(paths: [folder + "/a.golden"]), folder)
    }
  }

  private func names(_ choice: GoldenChoice) -> [String] { choice.answer.rows.map { choice.candidates[$0].name } }

  @Test func theDefaultsAreLeips() throws {
    try withLeip { volumes, _ throws in
      let choice = try volumes.choose(ChoiceRequest())
      #expect(names(choice) == ["r123 symmetricpc", "r213 symmetricpc", "r135 symmetricpc", "r201 symmetricpc"])
      let custom = try #require(choice.answer.columns.last)
      #expect(custom.name == "x times faster")
      for (found, wanted) in zip(custom.chosen, [12.395556, 9.177435, 6.723080, 3.838816]) {
        #expect(abs(found - wanted) < 1e-6)
      }
      let baseline = try #require(custom.baseline)
      #expect(choice.candidates[baseline].name == "r201 none")
      #expect(choice.excluded.map(\.name) == ["r300 none"])
      #expect(choice.excluded.first?.reason.contains("missing") == true)
      #expect(choice.answer.valid.count == 11)
      #expect(!choice.candidates.contains { $0.name == "failed" })
      #expect(choice.notes.contains { $0.contains("imported") })
      #expect(choice.common.contains { $0.name == "hardware" && $0.value == "cuda:A4500" })
    }
  }

  @Test func anotherBaselineIsNamedByItsId() throws {
    try withLeip { volumes, _ throws in
      let all = try volumes.choose(ChoiceRequest())
      let row = try #require(all.candidates.first { $0.name == "r123 none" })
      let choice = try volumes.choose(ChoiceRequest(baselineID: String(row.id.prefix(10))))
      #expect(abs((choice.answer.columns.last?.chosen.first ?? 0) - 1.752548 / 1.052337) < 1e-9)
      #expect(throws: GalleyError.self) { try volumes.choose(ChoiceRequest(baselineID: "zz")) }
    }
  }

  @Test func fuzzyRanksAndGivesProbabilities() throws {
    try withLeip { volumes, _ throws in
      let query = ParetoQuery(method: .fuzzy, order: .paretoness, top: 6)
      let choice = try volumes.choose(
        ChoiceRequest(query: query, tolerances: ["od_inf_rate_ms": 0.03, "accuracy": 0.002]))
      #expect(choice.answer.rows.count == 6)
      #expect(choice.answer.scores.count == 6)
      #expect(
        zip(choice.answer.scores, choice.answer.scores.dropFirst()).allSatisfy { $0.probability >= $1.probability })
      #expect(Set(choice.answer.front.map { choice.candidates[$0].name }).count == 4)
    }
  }

  @Test func severalMetricsAndAnEnergyOfZero() throws {
    try withLeip { volumes, _ throws in
      let choice = try volumes.choose(ChoiceRequest(metrics: ["latency", "energy"]))
      #expect(choice.answer.columns.map(\.name) == ["accuracy", "x times faster", "x times smaller"])
      #expect(choice.excluded.map(\.name).sorted() == ["r213 uncompiled", "r300 none"])
    }
  }

  @Test func boundsAreKeptOrTheNearestAreNamed() throws {
    try withLeip { volumes, _ throws in
      let kept = try volumes.choose(
        ChoiceRequest(bounds: try ChoiceBound.read("latency <= 2ms, accuracy >= 0.15")))
      #expect(kept.feasible == 2)
      #expect(names(kept) == ["r213 symmetricpc", "r135 symmetricpc"])
      let broken = try volumes.choose(
        ChoiceRequest(bounds: try ChoiceBound.read("latency <= 1.5ms and accuracy >= 0.2")))
      #expect(broken.feasible == 0)
      #expect(broken.answer.rows.isEmpty)
      let nearest = try #require(broken.nearest.first)
      #expect(!nearest.broken.isEmpty)
      #expect(nearest.broken.allSatisfy { $0.excess > 0 })
    }
  }

  @Test(arguments: [
    ("latency <= 10", "say the unit: 10ms"), ("latncy <= 10ms", "there is no column 'latncy'"),
    ("accuracy >= 0.5, latency <= 5MB", "units are mixed"), ("latency", "a bound is like"),
    ("latency == 5ms", "a bound is like"), ("latency <= size", "units are mixed"), ("", "it is empty"),
  ])
  func wrongBoundsGetACaret(text: String, why: String) {
    let error = #expect(throws: GalleyError.self) { try ChoiceBound.read(text) }
    #expect(error?.why.contains(why) == true, "\(String(describing: error))")
    #expect(error?.remedy?.contains("^") == true)
  }

  @Test func theMenuKeepsTheExtremes() throws {
    try withLeip { volumes, _ throws in
      let choice = try volumes.choose(ChoiceRequest())
      let menu = try choice.menu(2)
      #expect(menu.rows.count == 2)
      #expect(menu.front.count == 4)
      #expect(Set(menu.rows.map { choice.candidates[$0].name }) == ["r123 symmetricpc", "r201 symmetricpc"])
      #expect(try choice.menu(4).lostShare == 0)
      #expect(throws: GalleyError.self) { try choice.menu(0) }
    }
  }

  @Test(arguments: ["task", "target", "data", "hardware"])
  func rowsThatCannotBeComparedAreRefusedWithWhatDiffers(what: String) throws {
    try RowFixture.withFolder { folder in
      let other =
        switch what {
        case "task": try RowFixture.row("b", task: "segmentation")
        case "target": try RowFixture.row("b", target: "camera")
        case "data": try RowFixture.row("b", data: "other")
        default: try RowFixture.row("b", processor: "other")
        }
      try GoldenVolume.open(folder + "/a.golden").insert([try RowFixture.row("a"), other])
      let volumes = try GoldenVolumes(paths: [folder + "/a.golden"])
      let error = #expect(throws: GalleyError.self) { try volumes.choose(ChoiceRequest()) }
      #expect(error?.why.contains("they differ in \(what): ") == true, "\(String(describing: error))")
      if what == "data" { #expect(error?.remedy?.contains("--relative") == true) }
      #expect(try volumes.choose(ChoiceRequest(condition: try GoldenCondition("variant == 'a'"))).candidates.count == 1)
    }
  }

  @Test func anUnknownMachineIsNotTakenForAKnownOne() throws {
    try RowFixture.withFolder { folder in
      let table = "id,hardware,accuracy,latency_ms,target\n1,x,0.5,1,t\n2,,0.6,2,t\n"
      try Data(table.utf8).write(to: URL(filePath: folder + "/t.csv"))
      let found = try GoldenImport(folder + "/t.csv", meaning: .init(task: "detection"))
      try GoldenVolume.open(folder + "/a.golden").insert(found.rows)
      let volumes = try GoldenVolumes(paths: [folder + "/a.golden"])
      let error = #expect(throws: GalleyError.self) { try volumes.choose(ChoiceRequest()) }
      #expect(error?.why == "they differ in hardware: unknown, x")
    }
  }

  @Test func relativeAccuracyIsAveragedOverDataSets() throws {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.golden").insert([
        try RowFixture.row("best", median: 30e-6, accuracy: 0.8, data: "one"),
        try RowFixture.row("best", median: 30e-6, accuracy: 0.5, data: "two"),
        try RowFixture.row("fast", median: 10e-6, accuracy: 0.6, data: "one"),
        try RowFixture.row("fast", median: 12e-6, accuracy: 0.45, data: "two"),
        try RowFixture.row("once", median: 5e-6, accuracy: 0.4, data: "one"),
      ])
      let volumes = try GoldenVolumes(paths: [folder + "/a.golden"])
      let choice = try volumes.choose(ChoiceRequest(metrics: ["latency"], isRelative: true))
      #expect(names(choice) == ["fast", "best"])
      let fast = try #require(choice.candidates.first { $0.name == "fast" })
      #expect(abs(fast.values[0] - (0.75 + 0.9) / 2) < 1e-12)
      #expect(abs(fast.values[1] - 11e-6) < 1e-12)
      let interval = try #require(fast.interval)
      // Student's t with one degree of freedom: 12.7062.
      #expect(abs(interval.upper - (0.825 + 12.7062 * 0.075)) < 1e-4)
      #expect(choice.excluded.map(\.name) == ["once"])
      #expect(choice.excluded.first?.reason == "it was judged on 1 of 2 data sets")
    }
  }

  @Test(arguments: ["latncy", "hardware", "seed"]) func whatIsNoMetricIsRefused(name: String) throws {
    try withLeip { volumes, _ throws in
      #expect(
        #expect(throws: GalleyError.self) { try volumes.choose(ChoiceRequest(metrics: [name])) }?.exitCode == .usage)
      #expect(throws: GalleyError.self) { try volumes.choose(ChoiceRequest(accuracy: "latency")) }
      #expect(throws: GalleyError.self) { try volumes.choose(ChoiceRequest(metrics: ["latency", "od_inf_rate_ms"])) }
      #expect(throws: GalleyError.self) {
        try volumes.choose(ChoiceRequest(condition: try GoldenCondition("variant == 'none'")))
      }
    }
  }
}
