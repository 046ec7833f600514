// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

@Suite struct RecipeCommandTests {
  private func succeed(_ program: Program, _ arguments: String..., status: Int32 = 0) async throws -> Program.Outcome {
    let outcome = try await program.run(arguments)
    #expect(outcome.status == status, "galley \(arguments.joined(separator: " ")): \(outcome.errors)")
    return outcome
  }

  /// From nothing to a complete recipe, as a new user does it.
  @Test func composesARecipeFromNothing() async throws {
    let program = try Program()
    defer { program.remove() }
    let made = try await succeed(program, "recipe", "new", "classification", "--name", "mine", "-o", "my.yaml")
    #expect(made.output.contains("Still to choose: data, model.architecture"))
    let again = try await succeed(program, "recipe", "new", "classification", "-o", "my.yaml", status: 73)
    #expect(again.errors.contains("the file exists"))
    let offers = try await succeed(program, "recipe", "options", "my.yaml", "data")
    #expect(offers.output.contains("image-table"))
    _ = try await succeed(
      program, "recipe", "set", "my.yaml", "data=image-table",
      "data.path=\(Program.root)Examples/digits/data/digits.csv", "data.height=8", "data.width=8", "data.maximum=16")
    let filled = try await succeed(program, "recipe", "fill", "my.yaml", "optimizer=int8")
    #expect(filled.output.contains("model.architecture"))
    #expect(filled.output.contains("hint optimizer=int8"))
    _ = try await succeed(program, "recipe", "check", "my.yaml")
    #expect(try program.text("my.yaml").contains("# The data set."))
    let shown = try await succeed(program, "recipe", "show", "my.yaml")
    #expect(shown.output.contains("small-convnet"))
    #expect(shown.output.contains("train.num_epochs"))
    #expect(shown.output.contains("default of"))
  }

  @Test func mistakesAreAllNamedWithTheirPlaces() async throws {
    let program = try Program()
    defer { program.remove() }
    let path = try program.writeRecipe()
    let text = try program.text("recipe.yaml").replacing("epochs: 2", with: "epochz: 2, batchSize: many")
    try Data(text.utf8).write(to: URL(filePath: path))
    let outcome = try await succeed(program, "recipe", "check", path, status: 78)
    #expect(outcome.errors.contains("recipe.yaml:6:"))
    #expect(outcome.errors.contains("supervised has no option 'epochz'; did you mean 'epochs'?"))
    #expect(outcome.errors.contains("'many' is text"))
  }

  @Test func aLockSaysWhatDiffers() async throws {
    let program = try Program()
    defer { program.remove() }
    let path = try program.writeRecipe()
    _ = try await succeed(program, "recipe", "lock", path)
    _ = try await succeed(program, "recipe", "check", path, "--locked")
    _ = try await succeed(program, "recipe", "set", path, "train.num_epochs=3")
    let outcome = try await succeed(program, "recipe", "check", path, "--locked", status: 1)
    #expect(outcome.errors.contains("trainer.epochs: 2 → 3"))
    let imported = try await succeed(program, "recipe", "import", "recipe.lock", "-o", "again.yaml")
    #expect(imported.output.contains("again.yaml is written"))
    let diff = try await succeed(program, "recipe", "diff", path, "again.yaml", status: 1)
    #expect(diff.output.contains("trainer.epochs"))
    #expect(!diff.output.contains("optimizer"))
  }

  @Test func aPortableRecipeRoundTripsByteForByte() async throws {
    let program = try Program()
    defer { program.remove() }
    let source = Program.root + "Tests/SPPRTests/Fixtures/detection-recipe.sppr"
    let exported = try await succeed(program, "recipe", "export", source, "-o", "same.sppr")
    #expect(exported.errors.contains("48 of 48 ids verify"))
    #expect(
      try Data(contentsOf: URL(filePath: "\(program.folder)/same.sppr")) == Data(contentsOf: URL(filePath: source)))
    let shown = try await succeed(program, "recipe", "show", source)
    #expect(shown.output.contains("EfficientDet"))
    let imported = try await succeed(program, "recipe", "import", source, "-o", "fire.yaml")
    #expect(imported.errors.contains("task.height = 512"))
    let check = try await succeed(program, "recipe", "check", "fire.yaml", status: 78)
    #expect(check.errors.contains("no model.detection yet, but a model file can fill the slot"), "\(check.errors)")
  }

  @Test func theSchemaIsPublished() async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await succeed(program, "recipe", "schema")
    let schema = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    #expect(schema?["$schema"] as? String == "https://json-schema.org/draft/2020-12/schema")
  }

  @Test func aPlanSaysWhatRunsAndWhyAndARunDoesIt() async throws {
    let program = try Program()
    defer { program.remove() }
    let path = try program.writeRecipe()
    let first = try await succeed(program, "plan", path)
    #expect(first.output.contains("train small-convnet"))
    _ = try await succeed(program, "run", path, "--quiet")
    let cached = try await succeed(program, "plan", path)
    #expect(cached.output.contains("cached"))
    _ = try await succeed(program, "recipe", "set", path, "trainer.epochs=3")
    let changed = try await succeed(program, "plan", path)
    #expect(changed.output.contains("epochs 2 → 3"), "\(changed.output)")
    let runs = try await succeed(program, "runs", "list")
    #expect(runs.output.contains("quick"))
    #expect(try await succeed(program, "runs", "show", "latest").output.contains("accuracy"))
    _ = try await succeed(program, "runs", "rm", "latest")
    #expect(try await succeed(program, "runs", "list").output.contains("No runs yet"))
    let golden = try await succeed(program, "recipe", "new", "--golden", "zz", "-o", "row.yaml", status: 66)
    let row = try #require(golden.errors.firstMatch(of: /The newest are ([0-9a-f]{12}) \(/)).1
    _ = try await succeed(program, "recipe", "new", "--golden", String(row), "-o", "row.yaml")
    #expect(try program.text("row.yaml").contains("sha256:"))
    // The pantry has the data by its content, and the trained network: the recipe of a row runs as it is.
    let again = try await succeed(program, "plan", "row.yaml")
    #expect(again.output.contains(/train [^\n]*cached/), "\(again.output)")
  }

  @Test func anIngredientOfTheUsersIsOffered() async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await program.run(beside: "own-ingredient")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("partial Trains on part of the items.\nshare: 0.25\n"))
    #expect(outcome.output.contains("did you mean 'split.share'?"))
  }
}
