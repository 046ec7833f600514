// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Golden
import Pantry
import Recipes
import Statistics
import Testing

import Offline

@Suite struct GoldenFamilyTests {
  /// Rows of the recipe's variants, each slower and more accurate than the one before; one row is of a bench.
  private func withRows(_ body: (ClosureFixture, GoldenVolumes) throws -> Void) throws {
    try ClosureFixture.with { machine in
      _ = try machine.pantry.store(fileAt: machine.folder + "/table.csv")
      var rows: [GoldenRow] = []
      for (position, variant) in try machine.draft().file().variants.enumerated() {
        rows.append(
          try MeasuredRow.row(
            variant.name, recipe: variant.recipe.canonicalText(), median: 1e-5 * Double(position + 1),
            accuracy: 0.9 + 0.01 * Double(position)))
      }
      rows.append(
        try GoldenRow(
          recipe: GoldenRecipe("{}", form: .bench), variant: "a bench", task: "classification", target: "local",
          measurement: MeasuredRow.measurement("a bench", median: 1e-5, accuracy: 0.5), source: .bench))
      let path = machine.folder + "/rows.golden"
      try GoldenVolume.open(path).insert(rows)
      try body(machine, try GoldenVolumes(paths: [path]))
    }
  }

  private func family(
    _ machine: ClosureFixture, _ volumes: GoldenVolumes, _ selection: GoldenSelection,
    _ options: GoldenRecipeOptions = GoldenRecipeOptions(), catalogue: CardCatalogue? = nil
  ) throws -> RecipeFamily {
    try RecipeFamily(
      of: selection.rows(of: volumes), in: volumes, options: options, folder: machine.folder,
      catalogue: catalogue ?? ClosureFixture.catalogue())
  }

  @Test func rowsOfAQueryNeedTheirDataAndTheirVolume() throws {
    try withRows { machine, volumes in
      let family = try family(machine, volumes, .query(GoldenCondition("accuracy >= 0.6")))
      #expect(Set(family.members.map { $0.name.prefix { $0 != "(" } }) == ["wide ", "wide int8 ", "narrow "])
      #expect(family.members.allSatisfy { $0.row != nil })
      let closure = Closure(family, machine.sources)
      let data = try #require(closure.items.first { $0.role == .data })
      #expect(data.digest == (try Digest(ofFileAt: machine.folder + "/table.csv")))
      #expect(data.isHere)
      #expect(data.byteCount == 1234)
      let volume = try #require(closure.items.first { $0.kind == .volume })
      #expect(volume.byteCount == FileSizes.size(of: machine.folder + "/rows.golden"))
      #expect(closure.total.known == 68_134 + (volume.byteCount ?? 0))
    }
  }

  @Test func theBestRowsAreChosen() throws {
    try withRows { machine, volumes in
      let request = ChoiceRequest(
        condition: try GoldenCondition("accuracy >= 0.6"), metrics: ["latency"],
        query: ParetoQuery(method: .exact, top: 2))
      let family = try family(machine, volumes, .choice(request))
      // Each row is slower and more accurate than the one before, so all are on the front; the fastest come first.
      #expect(family.members.map { String($0.name.prefix { $0 != "(" }) } == ["wide ", "wide int8 "])
      let fuzzy = ChoiceRequest(
        condition: try GoldenCondition("accuracy >= 0.6"), metrics: ["latency"],
        query: ParetoQuery(method: .fuzzy, top: 1))
      #expect(try self.family(machine, volumes, .choice(fuzzy)).members.count == 1)
    }
  }

  @Test func oneRowById() throws {
    try withRows { machine, volumes in
      let row = try #require(try volumes.rows().first { $0.variant == "narrow" })
      let family = try family(machine, volumes, .row(String(row.id.hex.prefix(12))))
      #expect(family.members.map(\.row) == [row.id])
      let text = try family.members.first?.recipe.canonicalText()
      #expect(text == row.recipe.content)
      #expect(throws: GalleyError.self) { try self.family(machine, volumes, .row("ffffffffffff")) }
    }
  }

  @Test func aBenchIsNoRecipe() throws {
    try withRows { machine, volumes in
      let family = try family(machine, volumes, .query(.all))
      #expect(family.leftOut.map { String($0.name.prefix { $0 != "(" }) } == ["a bench "])
      #expect(family.leftOut.first?.reasons.first?.contains("keeps no recipe of Galley's, but bench") == true)
      let error = #expect(throws: GalleyError.self) {
        try self.family(machine, volumes, .query(GoldenCondition("accuracy < 0.6")))
      }
      #expect(error?.what == "can't make a recipe of any row")
    }
  }

  @Test func anotherTaskIsLeftOut() throws {
    try withRows { machine, volumes in
      let good = GoldenCondition.all
      let same = try family(machine, volumes, .query(good), GoldenRecipeOptions(task: "classification"))
      #expect(same.members.count == 3)
      let error = #expect(throws: GalleyError.self) {
        try self.family(machine, volumes, .query(good), GoldenRecipeOptions(task: "detection"))
      }
      #expect(error?.why.contains("its task is classification, not detection") == true)
    }
  }

  @Test func newerIngredientsNeedPermission() throws {
    try withRows { machine, volumes in
      var cards = try ClosureFixture.catalogue().cards
      let index = try #require(cards.firstIndex { $0.taxonomy == "trainer.supervised" })
      let old = cards[index].version
      cards[index].version = SemanticVersion(old.major, old.minor + 1, 0)
      let catalogue = try CardCatalogue(cards)
      let error = #expect(throws: GalleyError.self) {
        try self.family(machine, volumes, .query(.all), catalogue: catalogue)
      }
      #expect(error?.why.contains("--allow-upgrade") == true)
      let family = try family(
        machine, volumes, .query(.all), GoldenRecipeOptions(allowsUpgrade: true), catalogue: catalogue)
      #expect(family.members.count == 3)
      #expect(family.notes.first?.contains("trainer.supervised \(old) → trainer.supervised") == true)
    }
  }

  @Test func deprecatedIngredientsNeedPermission() throws {
    try withRows { machine, volumes in
      var cards = try ClosureFixture.catalogue().cards
      let index = try #require(cards.firstIndex { $0.taxonomy == "optimizer.int8" })
      cards[index].deprecation = Deprecation("It is old.")
      let catalogue = try CardCatalogue(cards)
      let strict = try family(machine, volumes, .query(.all), catalogue: catalogue)
      #expect(strict.members.count == 2)
      #expect(strict.leftOut.contains { $0.reasons.joined().contains("optimizer = int8: It is old.") })
      let lenient = try family(
        machine, volumes, .query(.all), GoldenRecipeOptions(allowsDeprecated: true), catalogue: catalogue)
      #expect(lenient.members.count == 3)
    }
  }

  @Test func emptyPlacesAreFilledOnlyOnRequest() throws {
    try withRows { machine, volumes in
      var cards = try ClosureFixture.catalogue().cards
      let index = try #require(cards.firstIndex { $0.taxonomy == "split.stratified" })
      cards[index].options.append(
        OptionDeclaration(
          "repeats", .int(minimum: 1, maximum: 9), default: nil, suggestion: .int(3), help: "Something new."))
      let catalogue = try CardCatalogue(cards)
      let error = #expect(throws: GalleyError.self) {
        try self.family(machine, volumes, .query(.all), catalogue: catalogue)
      }
      #expect(error?.why.contains("places are empty: split.repeats; --default-fill fills them") == true)
      let family = try family(
        machine, volumes, .query(.all), GoldenRecipeOptions(fillsDefaults: true), catalogue: catalogue)
      #expect(family.members.first?.filled.map(\.path) == ["split.repeats"])
    }
  }

  @Test func anotherDataSetTakesThePlace() throws {
    try withRows { machine, volumes in
      try machine.put("other.csv", bytes: 99)
      let family = try family(
        machine, volumes, .query(.all), GoldenRecipeOptions(data: machine.folder + "/other.csv"))
      let data = try #require(Closure(family, machine.sources).items.first { $0.role == .data })
      #expect(data.path == machine.folder + "/other.csv")
      #expect(data.byteCount == 99)
    }
  }
}

/// Measured rows with made-up figures.
enum MeasuredRow {
  static func row(_ name: String, recipe: String, median: Double, accuracy: Double) throws -> GoldenRow {
    try GoldenRow(
      recipeDigest: Digest(of: recipe), recipe: recipe, variant: name, task: "classification", target: "local",
      measurement: measurement(name, median: median, accuracy: accuracy))
  }

  static func measurement(_ name: String, median: Double, accuracy: Double) -> Galley.Measurement {
    Galley.Measurement(
      model: MeasuredModel(digest: Digest(of: name), format: .onnx, byteCount: 1234, precision: "int8"),
      runtime: RuntimeRecord(name: "onnxruntime", version: "1.31.1", libraryDigest: nil, configuration: [:]),
      conditions: MeasurementConditions(
        batch: 1, threads: 1, seed: 1, processes: 3, blocks: 10, inferencesPerBlock: 20, warmUp: [20, 20, 20],
        interleavedWith: [], dataDigest: Digest(of: "data"), subset: .test),
      environment: EnvironmentRecord(
        time: 1_795_246_500, host: "host", architecture: "x86_64", processor: "processor", extensions: [],
        processorCount: 2, memoryBytes: 1 << 30, kernel: "Linux", system: "Debian", governor: nil, loadBefore: 0,
        loadAfter: 0, clock: "CLOCK_MONOTONIC", galleyVersion: "0.1.0"),
      latency: Timing(
        summary: summary(median), processMedians: [median, median, median], sigma: 0,
        medianInterval: Interval(lower: median * 0.9, upper: median * 1.1, level: 0.95, method: "t")),
      phases: PhaseTimings(
        load: summary(1e-3), firstInference: summary(1e-4), preprocessing: summary(1e-6),
        postprocessing: summary(1e-7), endToEnd: summary(median)),
      resources: ResourceUse(peakResidentBytes: [1 << 20], baselineResidentBytes: [1 << 19], processorUse: summary(1)),
      verdict: MeasurementVerdict(isClean: true, marks: []),
      quality: ClassificationQuality(
        itemCount: 360, accuracy: accuracy,
        accuracyInterval: Interval(lower: accuracy - 0.01, upper: accuracy + 0.01, level: 0.95, method: "wilson"),
        classes: [ClassQuality(label: "0", support: 360, precision: accuracy, recall: accuracy, f1: accuracy)],
        confusion: [[360]]))
  }

  private static func summary(_ value: Double) -> Summary {
    Summary(
      count: 600, minimum: value, maximum: value, mean: value, standardDeviation: 0, medianAbsoluteDeviation: 0,
      median: value, p90: value, p95: value, p99: value)
  }
}
