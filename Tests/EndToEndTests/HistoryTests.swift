// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// Plans, runs and their history, as a person uses them.
@Suite(.serialized) struct HistoryTests {
  private struct Plan: Decodable {
    struct Stage: Decodable {
      var label: String
      var state: [String: Ignored]
    }
    struct Ignored: Decodable { init(from decoder: any Decoder) {} }
    var stages: [Stage]

    /// The labels of the stages in a state: `cached`, `runs`, `runsUnlessUnchanged`.
    func labels(_ state: String) -> Set<String> {
      Set(stages.filter { $0.state.keys.contains(state) }.map(\.label))
    }
  }

  private struct Run: Decodable {
    var id: String
    var status: String
    var output: String
  }

  private struct Event: Decodable {
    var event: String
    var stage: String?
  }

  private func plan(_ program: Program, _ recipe: String = "recipe.yaml") async throws -> Plan {
    let outcome = try await program.run(["plan", recipe, "--json"], named: "plan")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Plan.self, from: Data(outcome.output.utf8))
  }

  private func runs(_ program: Program) async throws -> [Run] {
    let outcome = try await program.run(["runs", "list", "--json"], named: "list")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode([Run].self, from: Data(outcome.output.utf8))
  }

  private func stages(_ event: String, of outcome: Program.Outcome) throws -> Set<String> {
    let events = try outcome.errors.split(separator: "\n").map {
      try JSONDecoder().decode(Event.self, from: Data($0.utf8))
    }
    return Set(events.filter { $0.event == event }.compactMap(\.stage))
  }

  @Test func aRunDoesWhatThePlanShows() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe()
    let before = try await plan(program)
    let first = try await program.run(["run", "recipe.yaml", "--json"], named: "first")
    #expect(first.status == 0, "\(first.errors)")
    #expect(try stages("finished", of: first) == before.labels("runs"))

    try program.writeRecipe(epochs: 3)
    let changed = try await plan(program)
    #expect(changed.labels("cached") == ["prepare the data"])
    let text = try await program.run(["plan", "recipe.yaml"], named: "text")
    #expect(text.output.contains("trainer: epochs 2 → 3"), "\(text.output)")
    let second = try await program.run(["run", "recipe.yaml", "--json"], named: "second")
    #expect(second.status == 0, "\(second.errors)")
    #expect(changed.labels("runs").isSubset(of: try stages("finished", of: second)))
    #expect(changed.labels("cached").isSubset(of: try stages("reused", of: second)))
    #expect(try await plan(program).labels("cached").count == before.stages.count)

    let runs = try await runs(program)
    #expect(runs.map(\.status) == ["finished", "finished"])
    let difference = try await program.run(["runs", "diff", runs[1].id, "latest"], named: "diff")
    #expect(difference.output.contains("trainer.epochs: 2 → 3"), "\(difference.output)\(difference.errors)")
    let removal = try await program.run(["runs", "rm", runs[1].id], named: "rm")
    #expect(removal.status == 0, "\(removal.errors)")
    #expect(try await self.runs(program).map(\.id) == [runs[0].id])
    #expect(FileManager.default.fileExists(atPath: "\(runs[0].output)/report.html"))
  }

  @Test func aKilledRunShowsAsInterrupted() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe(epochs: 400)
    let process = try program.start(["run", "recipe.yaml"], named: "first")
    while try await runs(program).first?.status != "running", process.isRunning {
      try await Task.sleep(for: .milliseconds(50))
    }
    kill(process.processIdentifier, SIGKILL)
    await Program.end(of: process)
    #expect(try await runs(program).map(\.status) == ["interrupted"])
  }

  @Test func aModelFileIsRunWithoutTraining() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe()
    let trained = try await program.run(["run", "recipe.yaml"], named: "trained")
    #expect(trained.status == 0, "\(trained.errors)")
    let recipe = try program.text("recipe.yaml")
      .replacing(
        "{use: small-convnet, width: 4, depth: 2}", with: "{use: onnx, path: output/quick/models/float32.onnx}"
      )
      .replacing("trainer: {epochs: 2}\n", with: "").replacing("recipe: quick", with: "recipe: taken")
    try Data(recipe.utf8).write(to: URL(filePath: "\(program.folder)/taken.yaml"))
    let taken = try await program.run(["run", "taken.yaml", "--json"], named: "taken")
    #expect(taken.status == 0, "\(taken.errors)")
    #expect(try stages("finished", of: taken).contains("import float32.onnx"))
    #expect(try stages("finished", of: taken).allSatisfy { !$0.hasPrefix("train") && !$0.hasPrefix("export") })
    #expect(try program.text("output/taken/report.md").contains("not trained here: model file float32.onnx, SHA-256"))
    let again = try await program.run(["report", "latest", "--output", "again"], named: "report")
    #expect(again.status == 0, "\(again.errors)")
  }
}
