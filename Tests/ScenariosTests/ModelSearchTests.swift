// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Galley
import Golden
import Pantry
import Recipes
import Scenarios
import Testing

@Suite struct SearchRoundTests {
  @Test(arguments: [(30, [3, 10, 30]), (9, [1, 3, 9]), (2, [1, 2]), (1, [1])])
  func roundsRiseToTheWholeNumber(epochs: Int, rounds: [Int]) {
    #expect(ModelSearch.rounds(epochs) == rounds)
  }
}

@Suite(.enabled(if: Kitchen.isUsable), .serialized) struct ModelSearchTests {
  private func search(_ kitchen: Kitchen, where bounds: String, architectures: [String] = []) throws -> ModelSearch {
    ModelSearch(
      FindRequest(
        data: .map([
          "use": "image-table", "path": .string("\(kitchen.path)/digits.csv"), "height": 8, "width": 8, "maximum": 16,
        ]), base: kitchen.path, bounds: try ChoiceBound.read(bounds), minutes: 5, epochs: 2,
        architectures: architectures, optimizers: ["none", "int8"], runtimes: ["onnxruntime"]),
      catalogue: try CardCatalogue(Kitchen.catalogue().cards + Card.tasks),
      process: TrialProcess(executable: Kitchen.program, arguments: ["run", "--pantry", kitchen.pantry.root]),
      volume: "\(kitchen.path)/golden.sqlite", folder: "\(kitchen.path)/find")
  }

  @Test func theAnswerKeepsTheBoundsAndIsARow() async throws {
    let kitchen = try Kitchen()
    let outcome = try await search(kitchen, where: "size <= 100kB", architectures: ["small-convnet"]).run()
    let best = try #require(outcome.best)
    let figures = try #require(best.trained)
    #expect(figures.modelBytes <= 100_000)
    #expect(outcome.entries.contains { $0.trained == nil && $0.reason?.hasPrefix("it breaks size") == true })
    for entry in outcome.entries where entry.isFeasible {
      #expect((entry.trained?.validationAccuracy ?? 0) <= (figures.validationAccuracy ?? 0))
    }
    let rows = try GoldenVolume.open("\(kitchen.path)/golden.sqlite").rows()
    #expect(rows.contains { $0.id.hex == figures.row })
  }

  @Test func theNearestAreNamedWhereNothingKeepsTheBounds() async throws {
    let kitchen = try Kitchen()
    let outcome = try await search(kitchen, where: "size <= 1kB", architectures: ["small-convnet"]).run()
    #expect(outcome.best == nil)
    #expect(outcome.nearest.first?.bound.hasPrefix("size <=") == true)
    #expect(outcome.entries.allSatisfy { $0.trained == nil })
  }

  @Test func anUnknownArchitectureIsNamedWithTheNearest() async throws {
    let kitchen = try Kitchen()
    let search = try search(kitchen, where: "size <= 1MB", architectures: ["smal-convnet"])
    let error = await #expect(throws: GalleyError.self) { _ = try await search.run() }
    #expect(error?.remedy?.contains("Did you mean small-convnet?") == true)
  }
}
