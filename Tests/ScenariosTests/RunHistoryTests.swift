// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Measuring
import Pantry
import Recipes
import Scenarios
import Testing

@Suite(.enabled(if: Kitchen.isUsable, "libraries or the galley program are missing: run make setup"))
struct RunHistoryTests {
  /// A figure's intervals, as JSON says them.
  private struct Bounds: Decodable {
    struct Interval: Decodable { var lower, upper: Double }
    var firstInterval, secondInterval: Interval
    var overlap: Bool { firstInterval.lower <= secondInterval.upper && secondInterval.lower <= firstInterval.upper }
  }

  @Test func runsAreListedShownComparedAndRemoved() async throws {
    let kitchen = try Kitchen()
    let history = RunHistory(kitchen.pantry)
    #expect(history.list().isEmpty)
    #expect(throws: GalleyError.self) { try history.show("latest") }
    let first = try await kitchen.run(try kitchen.recipe(epochs: 1), output: "first").outcome
    let second = try await kitchen.run(try kitchen.recipe(epochs: 4), output: "second").outcome

    let runs = history.list()
    #expect(runs.map(\.id) == [second.run, first.run])
    #expect(runs.map(\.status) == [.finished, .finished])
    let run = try history.show("latest")
    #expect(run.id == second.run)
    #expect(try history.show(first.run).output == "\(kitchen.path)/first")
    #expect(run.report == "\(kitchen.path)/second/report.html")
    #expect(run.recipe == "quick" && run.command == "galley run recipe.yaml")
    #expect(run.plan.stages.contains { $0.stage == "train" })
    let figures = try #require(run.variants.first?.figures)
    #expect(figures.accuracy == second.variants.first?.accuracy)
    #expect(run.variants.first?.recipe.contains("\"epochs\":4") == true)
    #expect(run.variants.first?.recipeDigest.hex == second.variants.first?.recipeDigest)
    #expect(run.tools["galley"] == galleyVersion.description && run.tools["libtorch"]?.count == 64)

    let difference = try history.diff(first.run, "latest")
    #expect(difference.variants.map(\.choices) == [[.init(path: "trainer.epochs", first: "1", second: "4")]])
    #expect(difference.variants.first?.figures.map(\.name) == ["accuracy", "median latency", "model size"])
    let accuracy = try #require(difference.variants.first?.figures.first)
    let bounds = try JSONDecoder().decode(Bounds.self, from: JSONEncoder().encode(accuracy))
    #expect(accuracy.agrees == bounds.overlap)
    #expect(difference.variants.first?.figures.last?.first == Double(first.variants.first?.modelBytes ?? 0))
    #expect(difference.tools.isEmpty)
    #expect(difference.text.contains("trainer.epochs: 1 → 4"))
    #expect(difference.text.contains("their intervals") && difference.text.contains("model size"))
    #expect(try history.diff(first.run, first.run).text.contains("the same recipe"))

    try history.remove(first.run)
    #expect(history.list().map(\.id) == [second.run])
    #expect(kitchen.pantry.runs() == [second.run])
    #expect(FileManager.default.fileExists(atPath: "\(kitchen.path)/first/report.html"))
    try history.remove("latest", removingOutput: true)
    #expect(!FileManager.default.fileExists(atPath: "\(kitchen.path)/second"))
    #expect(history.list().isEmpty)
  }

  @Test func aRunIsFoundByTheBeginningOfItsID() async throws {
    let kitchen = try Kitchen()
    let history = RunHistory(kitchen.pantry)
    let names = ["quick", "slow"]
    for name in names { try await kitchen.run(try kitchen.recipe(name: name)) }
    let ids = history.list().map(\.id)
    let common = String(zip(ids[0], ids[1]).prefix { $0 == $1 }.map(\.0))
    #expect(throws: GalleyError.self) { try history.show(common) }
    #expect(try history.show(String(ids[0].dropLast())).id == ids[0])
    let error = #expect(throws: GalleyError.self) { try history.show("nothing") }
    #expect(error?.remedy?.contains(ids[0]) == true)
  }

  @Test func aCancelledRunAndADeadProcessShowAsInterrupted() async throws {
    let kitchen = try Kitchen()
    let history = RunHistory(kitchen.pantry)
    let file = try kitchen.recipe(epochs: 5000)
    let output = "\(kitchen.path)/output"
    let work = Task { try await kitchen.runner().run(file, output: output) }
    while history.list().first?.status != .running { try await Task.sleep(for: .milliseconds(10)) }
    let living = try #require(history.list().first)
    #expect(living.ended == nil && living.process == .current())
    #expect(throws: GalleyError.self, "a run that goes on can't be removed") { try history.remove(living.id) }
    work.cancel()
    await #expect(throws: CancellationError.self) { _ = try await work.value }
    #expect(history.list().first?.status == .interrupted)

    // A record as a killed process leaves it: the number is taken, by a process that began at another time.
    var dead = living
    dead.id = "20200101T000000Z-dead"
    dead.process.startTicks += 1
    let path = "\(kitchen.pantry.root)/history/\(dead.id).json"
    try JSONEncoder().encode(dead).write(to: URL(filePath: path))
    #expect(try history.show(dead.id).status == .interrupted)
    try history.remove(dead.id)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func aDamagedRecordHidesNoOther() throws {
    let kitchen = try Kitchen()
    let folder = "\(kitchen.pantry.root)/history"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data("{\"id\":".utf8).write(to: URL(filePath: "\(folder)/broken.json"))
    #expect(RunHistory(kitchen.pantry).list().isEmpty)
  }
}
