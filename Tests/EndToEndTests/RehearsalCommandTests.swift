// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Images
import Testing

/// Rehearsals as a person runs them. They don't measure for results, but wait for those that do.
@Suite(.serialized) struct RehearsalCommandTests {
  @Test func aPortableRecipeIsRehearsedInAnEmptyHomeWithoutNetworkAndItsModelAnswers() async throws {
    let (home, away) = (try Program(), try Program())
    defer {
      home.remove()
      away.remove()
    }
    let table = "\(home.folder)/digits.csv"
    try FileManager.default.copyItem(atPath: Program.root + "Examples/digits/data/digits.csv", toPath: table)
    try home.writeRecipe()
    let recipe = try home.text("recipe.yaml").replacing(Program.root + "Examples/digits/data/", with: "")
    try Data(recipe.utf8).write(to: URL(filePath: "\(home.folder)/recipe.yaml"))
    let export = ["recipe", "export", "recipe.yaml", "--portable", "--output", "\(away.folder)/portable.yaml"]
    let exported = try await home.run(export)
    #expect(exported.status == 0, "\(exported.errors)")
    let added = try await away.run(["pantry", "add", table])
    #expect(added.status == 0, "\(added.errors)")
    home.remove()

    var offline = away
    offline.environment = ["GALLEY_OFFLINE": "1"]
    let outcome = try await offline.run(["run", "portable.yaml", "--rehearse", "--json"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    #expect(result["goal"] as? String == "report" && (result["rehearsal"] as? [String])?.isEmpty == false)
    #expect(!FileManager.default.fileExists(atPath: "\(away.folder)/pantry/golden.sqlite"))
    let report = try away.text("output/quick-rehearsal/report.md")
    #expect(report.hasPrefix("# Rehearsal of quick\n\n**This is a rehearsal"))

    let pixels = try Image(width: 8, height: 8, format: .gray, bytes: (0..<64).map { UInt8($0 * 4) })
    try Data(pixels.encoded(as: .png())).write(to: URL(filePath: "\(away.folder)/item.png"))
    for model in ["float32", "int8"] {
      let answer = try await offline.run(
        ["predict", "--model", "output/quick-rehearsal/models/\(model).onnx", "item.png"], named: model)
      #expect(answer.status == 0 && answer.output.contains("\"status\":\"ok\""), "\(answer.errors)")
    }
  }

  @Test func aRunEndsWhereItIsToldAndAnIncompleteRecipeIsRefusedWithItsEmptySlots() async throws {
    let program = try Program()
    defer { program.remove() }
    try program.writeRecipe()
    let planned = try await program.run(["plan", "recipe.yaml", "--until", "export"], named: "plan")
    #expect(planned.status == 0 && planned.output.contains("It ends after the stage 'export'."), "\(planned.errors)")
    #expect(!planned.output.contains("measure 2 variants"))
    let outcome = try await program.run(["run", "recipe.yaml", "--until", "export"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("output/quick/models/float32.onnx"))
    #expect(!FileManager.default.fileExists(atPath: "\(program.folder)/output/quick/report.html"))

    let text = "recipe: empty\ntask: classification\n"
    try Data(text.utf8).write(to: URL(filePath: "\(program.folder)/empty.yaml"))
    let refused = try await program.run(["run", "empty.yaml", "--rehearse"], named: "refused")
    #expect(refused.status == 78, "\(refused.errors)")
    for slot in ["data", "model.architecture"] { #expect(refused.errors.contains("\(slot): the slot is empty")) }
  }
}
