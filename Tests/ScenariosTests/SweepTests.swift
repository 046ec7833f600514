// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Golden
import Pantry
import Recipes
import Scenarios
import Testing

@Suite struct SweepSpaceTests {
  private func space(_ text: String) throws -> SweepSpace {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "space.yaml").path
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try SweepSpace.read(path)
  }

  @Test func aGridHasEveryCombinationTheLastPlaceFastest() throws {
    let trials = try space(
      """
      sweep: s
      recipe: recipe.yaml
      space:
        model.architecture.width: [4, 8]
        optimizer: [none, int8]
      """
    ).makeTrials()
    #expect(trials.map(\.name) == ["trial-0001", "trial-0002", "trial-0003", "trial-0004"])
    #expect(
      trials.map(\.settings) == [
        ["model.architecture.width": 4, "optimizer": "none"], ["model.architecture.width": 4, "optimizer": "int8"],
        ["model.architecture.width": 8, "optimizer": "none"], ["model.architecture.width": 8, "optimizer": "int8"],
      ])
  }

  @Test func rangesOfAGridAreDividedOnTheirScale() throws {
    let trials = try space(
      """
      {sweep: s, recipe: r.yaml, space: {
        a: {from: 0.01, to: 1, scale: log, count: 3}, b: {from: 1, to: 3, whole: true, count: 5}}}
      """
    ).makeTrials()
    #expect(trials.count == 9)
    let first = trials.compactMap { if case .float(let value)? = $0.settings["a"] { value } else { nil } }
    #expect(Set(first.map { ($0 * 1e9).rounded() / 1e9 }) == [0.01, 0.1, 1])
    #expect(Set(trials.compactMap { $0.settings["b"] }) == [1, 2, 3])
  }

  @Test func randomTrialsAreDifferentWithinBoundsAndTheSameForASeed() throws {
    let text = """
      {sweep: s, recipe: r.yaml, method: random, trials: 40, seed: 7,
       space: {rate: {from: 0.001, to: 0.1, scale: log}, width: {from: 2, to: 9, whole: true}}}
      """
    let trials = try space(text).makeTrials()
    #expect(trials == (try space(text).makeTrials()))
    #expect(Set(trials.map(\.settings)).count == 40)
    for trial in trials {
      guard case .float(let rate)? = trial.settings["rate"], case .int(let width)? = trial.settings["width"] else {
        Issue.record("no numbers")
        return
      }
      #expect((0.001...0.1).contains(rate) && (2...9).contains(width))
    }
  }

  @Test func moreDrawsThanCombinationsGiveEachOnce() throws {
    let trials = try space(
      "{sweep: s, recipe: r.yaml, method: random, trials: 50, space: {a: [1, 2, 3], b: [x, y]}}"
    ).makeTrials()
    #expect(trials.count == 6)
  }

  @Test(arguments: [
    ("{sweep: s, recipe: r, spase: {a: [1]}}", "1:23", "did you mean space?"),
    ("{sweep: s, recipe: r, space: {a: 1}}", "1:34", "needs a list of values"),
    ("{sweep: s, recipe: r, space: {a: []}}", "1:34", "has no values"),
    ("{sweep: s, recipe: r, space: {a: [1, 1]}}", "1:34", "occurs twice"),
    ("{sweep: s, recipe: r, space: {a: {from: 2, to: 1}}}", "1:34", "'from' below 'to'"),
    ("{sweep: s, recipe: r, space: {a: {from: 1, to: 2}}}", "1:30", "needs a 'count'"),
    ("{sweep: s, recipe: r, space: {a: {from: 0, to: 2, scale: log}}}", "1:34", "begins above 0"),
    ("{sweep: s, recipe: r, method: rendom, space: {a: [1]}}", "1:31", "did you mean random?"),
    ("{sweep: s, recipe: r, method: random, space: {a: [1]}}", "1:1", "'trials'"),
    ("{sweep: ../s, recipe: r, space: {a: [1]}}", "1:9", "other signs"),
    ("{recipe: r, space: {a: [1]}}", "1:1", "'sweep' is missing"),
    ("[1]", "1:1", "keys with values"),
  ])
  func mistakesAreNamedWithTheirPlace(text: String, place: String, words: String) throws {
    let error = #expect(throws: GalleyError.self) { try space(text) }
    #expect(error?.place?.hasSuffix(place) == true, "\(error?.place ?? "")")
    #expect(error?.why.contains(words) == true, "\(error?.why ?? "")")
  }
}

@Suite(.enabled(if: Kitchen.isUsable), .serialized) struct SweepTests {
  private func sweep(_ kitchen: Kitchen, trials: String, name: String) throws -> (SweepSpace, String) {
    let recipe = """
      recipe: quick
      task: classification
      seed: 3
      data: {use: image-table, path: digits.csv, height: 8, width: 8, maximum: 16}
      model: {architecture: {use: small-convnet, width: 4, depth: 2}}
      trainer: {epochs: 1}
      measurement: {processes: 3, blocks: 2, blockMilliseconds: 0}
      """
    try recipe.write(toFile: "\(kitchen.path)/recipe.yaml", atomically: true, encoding: .utf8)
    let space = "\(kitchen.path)/\(name).yaml"
    try "{sweep: \(name), recipe: recipe.yaml, space: \(trials)}".write(
      toFile: space, atomically: true, encoding: .utf8)
    return (try SweepSpace.read(space), "\(kitchen.path)/\(name)")
  }

  private func runner(_ space: SweepSpace, _ kitchen: Kitchen, _ folder: String, volume: String) throws -> Sweep {
    Sweep(
      space, catalogue: try CardCatalogue(Kitchen.catalogue().cards + Card.tasks),
      process: TrialProcess(
        executable: Kitchen.program,
        arguments: ["run", "--pantry", kitchen.pantry.root, "--golden", volume]),
      volume: volume, folder: folder)
  }

  @Test func everyTrialIsARowAndWhatFailsIsOneWithItsReason() async throws {
    let kitchen = try Kitchen()
    let (space, folder) = try sweep(
      kitchen, trials: "{model.architecture.width: [2, 3, 100000], optimizer: [none, int8]}", name: "widths")
    let volume = "\(kitchen.path)/golden.sqlite"
    let outcome = try await runner(space, kitchen, folder, volume: volume).run()
    #expect(outcome.trials.map(\.isMeasured) == [true, true, true, true, false, false])
    #expect(outcome.trials[4].reason?.contains("width") == true)
    let rows = try GoldenVolume.open(volume).rows()
    #expect(rows.count == 6)
    #expect(Set(rows.map(\.variant)) == Set(outcome.trials.map(\.name)))
    #expect(rows.count { $0.status == .failed } == 2)

    // Nothing runs again, and no row is doubled.
    let again = try await runner(space, kitchen, folder, volume: volume).run()
    #expect(again.trials == outcome.trials)
    #expect(try GoldenVolume.open(volume).rows().count == 6)
  }

  @Test func aFolderBelongsToOneSweep() async throws {
    let kitchen = try Kitchen()
    let volume = "\(kitchen.path)/golden.sqlite"
    let (first, folder) = try sweep(kitchen, trials: "{model.architecture.width: [100000]}", name: "one")
    _ = try await runner(first, kitchen, folder, volume: volume).run()
    let (second, _) = try sweep(kitchen, trials: "{model.architecture.width: [200000]}", name: "one")
    await #expect(throws: GalleyError.self) { _ = try await runner(second, kitchen, folder, volume: volume).run() }
  }
}
