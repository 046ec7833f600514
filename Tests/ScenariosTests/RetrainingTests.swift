// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Golden
import Pantry
import Recipes
import Scenarios
import Testing

@Suite(.enabled(if: Kitchen.isUsable), .serialized) struct RetrainingTests {
  private func retraining(_ kitchen: Kitchen, data: String? = nil) throws -> Retraining {
    Retraining(
      pantry: kitchen.pantry, cards: try CardCatalogue(Kitchen.catalogue().cards + Card.tasks), data: data
    ) { empty, fetch in kitchen.runner(fetch: fetch, keptIn: empty) }
  }

  private func row(_ kitchen: Kitchen) throws -> GoldenRow {
    try #require(try GoldenVolume.open("\(kitchen.pantry.root)/golden.sqlite").rows().first)
  }

  @Test func aRowIsTrainedAgainFromNothing() async throws {
    let kitchen = try Kitchen()
    try await kitchen.run(kitchen.recipe())
    let row = try row(kitchen)
    // The table is gone; the pantry has its bytes.
    try FileManager.default.removeItem(atPath: "\(kitchen.path)/digits.csv")
    _ = kitchen.events()
    let again = try await retraining(kitchen).reproduce(row)
    let stages = kitchen.events().stages
    #expect(stages.reused.isEmpty && stages.ran.contains { $0.hasPrefix("train") }, "\(stages)")
    #expect(again.isRetrained)
    let accuracy = try #require(again.figures.first { $0.name == "accuracy (fraction)" })
    #expect(accuracy.then == accuracy.now && accuracy.agrees)
    #expect(again.figures.contains { $0.name == "latency (s)" })
    #expect(again.differences.contains("The model's file is the same, byte for byte."), "\(again.differences)")
    #expect(again.measurement.latency.summary != row.measurement?.latency.summary)
    #expect(try GoldenVolume.open("\(kitchen.pantry.root)/golden.sqlite").rows().count == 1)
    let work = try FileManager.default.contentsOfDirectory(atPath: "\(kitchen.pantry.root)/work")
    #expect(work.isEmpty, "\(work)")
  }

  @Test func whatTheRecipeReadHasToBeThere() async throws {
    let kitchen = try Kitchen()
    try await kitchen.run(kitchen.recipe())
    let row = try row(kitchen)
    let other = try Kitchen()
    let missing = await #expect(throws: GalleyError.self) { _ = try await retraining(other).reproduce(row) }
    #expect(missing?.exitCode == .missingInput && missing?.remedy?.contains("--data") == true)
    try Data("other".utf8).write(to: URL(filePath: "\(other.path)/other.csv"))
    let wrong = await #expect(throws: GalleyError.self) {
      _ = try await retraining(other, data: "\(other.path)/other.csv").reproduce(row)
    }
    #expect(wrong?.exitCode == .badData)
    let given = try await retraining(other, data: "\(kitchen.path)/digits.csv").reproduce(row)
    #expect(given.figures.first?.agrees == true)
  }
}
