// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

private func draft(_ more: String = "", replacing old: String = "", by new: String = "") throws -> RecipeDraft {
  let text = old.isEmpty ? CardFixture.complete : CardFixture.complete.replacing(old, with: new)
  return try CardFixture.draft(text + more)
}

private func problems(_ draft: RecipeDraft) -> String { draft.problems().map(\.description).joined(separator: "\n") }

@Suite struct NestedSlotTests {
  @Test func slotsInsideIngredientsAreFilled() throws {
    let draft = try draft(
      replacing: "width: 16", by: "width: 16, pretrained: imagenet"
    )
    #expect(draft["model.architecture.pretrained"] == "imagenet")
    #expect(try CardFixture.draft()["model.architecture.pretrained"] == "none")
  }

  @Test func severalNamedIngredients() throws {
    let draft = try draft(replacing: "batch: 8", by: "batch: 8, callbacks: {a: stop, b: {use: keep}}")
    let recipe = try draft.recipe()
    #expect(recipe.slots["trainer"]?.slots["callbacks.a"]?.card.taxonomy == "callback.stop")
    #expect(recipe.slots["trainer"]?.slots["callbacks.b"]?.card.taxonomy == "callback.keep")
    #expect(draft["trainer.callbacks.a"] == "stop")
  }

  @Test func oneIngredientForEachSubcategory() throws {
    let draft = try draft(replacing: "batch: 8", by: "batch: 8, loggers: {file: csv, screen: plain}")
    #expect(try draft.recipe().slots["trainer"]?.slots["loggers.file"]?.card.taxonomy == "logger.file.csv")
    let wrong = try self.wrong("loggers: {file: plain}")
    #expect(wrong.contains("logger.screen.plain, which does not fit a slot for logger.file"), "\(wrong)")
  }

  private func wrong(_ options: String) throws -> String {
    problems(try draft(replacing: "batch: 8", by: "batch: 8, \(options)"))
  }

  @Test(arguments: [
    ("callbacks: stop", "a group of names is needed"),
    ("callbacks: {a: stopp}", "did you mean 'stop'?"),
    ("callbacks: {a: {use: stop, often: 3}}", "stop has no option 'often'"),
    ("metrics: [accuracy, accuracy]", "a value occurs twice"),
    ("metrics: [acuracy]", "any of accuracy, f1"),
    ("rates: [0.1, 2]", "a number from 0.0 to 1.0"),
  ])
  func refusesWhatDoesNotFit(options: String, reason: String) throws {
    let wrong = try wrong(options)
    #expect(wrong.contains(reason), "\(wrong)")
    #expect(wrong.contains("r.yaml:7:"), "\(wrong)")
  }
}

@Suite struct SynonymTests {
  @Test(arguments: [
    ("model:\n  architecture: {use: net, width: 16}", "model: net"),
    ("model:\n  architecture: {use: net, width: 16}", "model:\n  backbone: {use: net}"),
    ("model:\n  architecture: {use: net, width: 16}", "model: {use: net, width: 3}"),
  ])
  func standForPathsInFiles(old: String, new: String) throws {
    let draft = try draft(replacing: old, by: new)
    #expect(problems(draft) == "")
    #expect(draft["model.backbone"] == "net")
    #expect(draft["model.architecture"] == "net")
  }

  @Test func nameOptionsOfChosenIngredients() throws {
    let draft = try draft("train: {num_epochs: 42}\n")
    #expect(problems(draft) == "")
    #expect(draft["trainer.epochs"] == 42)
    #expect(draft["train.num_epochs"] == 42)
  }

  @Test func standInVariants() throws {
    let file = try draft(
      "variants: [{name: a, set: {train.num_epochs: 3}}, {name: b, set: {model.backbone: tiny}}]\n"
    ).file()
    #expect(file.variants[0].recipe.slots["trainer"]?.options["epochs"] == 3)
    #expect(file.variants[1].recipe.slots["model.architecture"]?.card.name == "tiny")
  }

  @Test func aPlaceSaidTwiceIsRefused() throws {
    let wrong = problems(try draft("train: {num_epochs: 42}\n", replacing: "batch: 8", by: "batch: 8, epochs: 4"))
    #expect(wrong.contains("r.yaml:8:9"), "\(wrong)")
    #expect(wrong.contains("another name of trainer.epochs, which is said at r.yaml:7:"), "\(wrong)")
  }

  @Test func aMisspeltSynonymIsRefused() throws {
    #expect(problems(try draft("train: {num_epoch: 42}\n")).contains("unknown key"))
  }
}

@Suite struct InterpolationTests {
  @Test func takesAValueWithItsKind() throws {
    let draft = try draft()
    #expect(draft["model.architecture.height"] == 32)
    #expect(draft["trainer.note"] == "trained with 10 epochs")
    let entry = try #require(try draft.entries(at: "model.architecture.height").first)
    #expect(entry.origin == .takenFrom("${data.height}", place: nil))
  }

  @Test func mayBeWrittenInARecipe() throws {
    let draft = try draft(replacing: "batch: 8", by: "batch: '${data.height}', note: 'cost $${x} at ${task}'")
    #expect(draft["trainer.batch"] == 32)
    let wrong = problems(draft)
    #expect(wrong.contains("'${task}' leads nowhere"), "\(wrong)")
  }

  @Test(arguments: [
    ("batch: '${.epochs}', epochs: '${.batch}'", "taken from itself: trainer.epochs → trainer.batch → trainer.epochs"),
    ("batch: '${.batch}'", "taken from itself"),
    ("batch: '${data.higth}'", "leads nowhere; did you mean 'data.height'?"),
    ("batch: '${data.normalization}'", "'none' is text"),
    ("batch: '${'", "a '${' without a path"),
    ("batch: '${}'", "a '${' without a path"),
  ])
  func refusesWhatCannotBeTaken(option: String, reason: String) throws {
    let wrong = problems(try draft(replacing: "batch: 8", by: option))
    #expect(wrong.contains(reason), "\(wrong)")
    #expect(wrong.contains("r.yaml:7:"), "\(wrong)")
  }
}

@Suite struct ConditionTests {
  @Test func placesWhoseConditionFailsAreSetAside() throws {
    let draft = try draft(
      replacing: "{use: net, width: 16}", by: "{use: onnx, path: model.onnx}")
    let recipe = try draft.recipe()
    #expect(recipe.slots["trainer"] == nil)
    #expect(recipe.slots["export"] == nil)
    #expect(recipe.slots["runtime"] != nil)
    #expect(draft.notices.contains { $0.what == "trainer" && $0.why.contains("not used") })
  }

  @Test func optionsHaveConditionsToo() throws {
    #expect(try draft().recipe().slots["model.architecture"]?.options["frozen"] == nil)
    let pretrained = try draft(
      replacing: "{use: net, width: 16}", by: "{use: net, pretrained: imagenet}")
    #expect(pretrained["model.architecture.frozen"] == false)
  }

  @Test func adviceIsANotice() throws {
    let draft = try draft(replacing: "width: 16", by: "width: 2")
    #expect(problems(draft) == "")
    #expect(draft.notices.contains { $0.why.contains("Fewer than four channels") })
  }
}

@Suite struct UpgradeTests {
  @Test func formerNamesAndOptionsAreTaken() throws {
    let draft = try draft(replacing: "{use: net, width: 16}", by: "{use: old-net@1.0.0, channels: 12}")
    #expect(problems(draft) == "", "\(problems(draft))")
    let named = try #require(
      try? CardFixture.draft(
        CardFixture.complete.replacing(
          "{use: net, width: 16}", with: "{use: model.classification.old-net, channels: 12}")))
    #expect(named["model.architecture.width"] == 12)
    #expect(named.notices.contains { $0.why.contains("is called net now") })
    #expect(named.notices.contains { $0.why.contains("called 'width' since net 2.0.0: as everywhere else") })
  }

  @Test func aNewerVersionIsRefused() throws {
    let wrong = problems(try draft(replacing: "use: net,", by: "use: net@3.0.0,"))
    #expect(wrong.contains("the recipe is for net 3.0.0, but here is 2.1.0"), "\(wrong)")
  }

  @Test func deprecatedIngredientsAreTakenWithANotice() throws {
    let draft = try draft(replacing: "{use: net, width: 16}", by: "tiny")
    #expect(problems(draft) == "")
    #expect(draft.notices.contains { $0.why.contains("should no longer be used: It learns little. Take net instead.") })
  }
}
