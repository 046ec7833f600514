// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

@Suite struct RecipeDraftTests {
  @Test(arguments: ["classification", "detection", "segmentation", "anomaly"])
  func everyTaskHasAnEmptyRecipe(task: String) throws {
    let draft = try RecipeDraft(task: task, name: "my recipe: 1", catalogue: CardFixture.catalogue())
    #expect(draft["task"] == nil)
    #expect(draft.task?.name == task)
    #expect(!draft.isComplete)
    #expect(draft.missing.map(\.path).contains("data"))
    #expect(draft.missing.map(\.path).contains("model.architecture"))
  }

  @Test func anUnknownTaskNamesTheKnownOnes() throws {
    let error = #expect(throws: GalleyError.self) {
      try RecipeDraft(task: "detecton", name: "x", catalogue: CardFixture.catalogue())
    }
    #expect(error?.why.contains("did you mean 'detection'?") == true)
  }

  @Test func isComposedStepByStep() throws {
    var draft = try RecipeDraft(task: "classification", name: "digits", catalogue: CardFixture.catalogue())
    try draft.set("data", to: "table")
    try draft.set("data.path", to: "digits.csv")
    try draft.set("model.backbone", to: .map(["use": "net", "width": 12]))
    #expect(draft.missing.map(\.path) == ["trainer.batch"])
    let filled = try draft.fillEmpty()
    #expect(filled.map(\.path) == ["trainer.batch"])
    #expect(filled.first?.reason == "suggested by the card")
    #expect(draft.isComplete)
    let text = try draft.text()
    #expect(text.contains("# The data set.\ndata:"))
    let again = try CardFixture.draft(text)
    #expect(again["model.architecture.width"] == 12)
    #expect(again["trainer.batch"] == 16)
    #expect(try again.recipe().slots == draft.recipe().slots)
  }

  @Test func keepsCommentsWhenChanged() throws {
    var draft = try CardFixture.draft(
      "# my recipe\n" + CardFixture.complete.replacing("seed: 7", with: "seed: 7 # luck"))
    try draft.set("train.num_epochs", to: 30)
    try draft.set("seed", to: 8)
    let text = try draft.text()
    #expect(text.hasPrefix("# my recipe\nrecipe: fixture\n"))
    #expect(text.contains("seed: 8 # luck"))
    #expect(text.contains("epochs: 30"))
    try draft.clear("trainer.epochs")
    #expect(try !draft.text().contains("epochs"))
    #expect(draft["trainer.epochs"] == 10)
  }

  @Test func aWrongValueChangesNothing() throws {
    var draft = try CardFixture.draft()
    #expect(throws: RecipeError.self) { try draft.set("trainer.epochs", to: 1000) }
    #expect(throws: RecipeError.self) { try draft.set("model.architecture", to: "nett") }
    let error = #expect(throws: GalleyError.self) { try draft.set("trainer.epoch", to: 3) }
    #expect(error?.why.contains("did you mean 'trainer.epochs'?") == true)
    #expect(try draft.text() == CardFixture.complete)
  }
}

@Suite struct OffersTests {
  @Test func listWhatFitsAndWhyTheRestDoesNot() throws {
    let offers = try CardFixture.draft().options("model.backbone")
    #expect(offers.path == "model.architecture")
    #expect(offers.offered.map(\.value) == ["net", "onnx", "tiny"])
    #expect(offers.offered.first?.isCurrent == true)
    #expect(offers.offered.last?.deprecation != nil)
    let data = try CardFixture.draft().options("data")
    #expect(data.offered.map(\.value) == ["table"])
  }

  @Test func tellBytesToFetch() throws {
    let draft = try CardFixture.draft(
      CardFixture.complete.replacing("path: digits.csv", with: "path: digits.csv, normalization: imagenet"))
    let offers = try draft.options("model.architecture.pretrained")
    #expect(offers.offered.map(\.value) == ["none", "imagenet"])
    #expect(offers.offered.map(\.bytesToFetch) == [0, 9_800_000])
    #expect(offers.offered.map(\.worksOffline) == [true, false])
    let here = try draft.options("model.architecture.pretrained") { $0 == CardFixture.weights }
    #expect(here.offered.map(\.worksOffline) == [true, true])
  }

  @Test func tellWhatElseWouldChange() throws {
    let offers = try CardFixture.draft().options("model.architecture.pretrained")
    let imagenet = try #require(offers.offered.first { $0.value == "imagenet" })
    #expect(imagenet.alsoChanges == ["data.normalization": "imagenet"])
  }

  @Test func tellWhatContradicts() throws {
    let draft = try CardFixture.draft(
      CardFixture.complete.replacing("path: digits.csv", with: "path: digits.csv, normalization: none"))
    let offers = try draft.options("model.architecture.pretrained")
    #expect(offers.offered.map(\.value) == ["none"])
    let refused = try #require(offers.refused.first { $0.name == "weights.imagenet" })
    #expect(refused.reason.contains("contradicts data.normalization = none (r.yaml:4:"), "\(refused.reason)")
    #expect(refused.reason.contains("Weights from ImageNet want inputs"), "\(refused.reason)")
  }

  @Test func tellWhatTheCatalogueLacks() throws {
    let draft = try RecipeDraft(task: "detection", name: "x", catalogue: CardFixture.catalogue())
    let offers = try draft.options("model.architecture")
    #expect(offers.offered.map(\.value) == ["onnx"])
    #expect(offers.gap?.contains("no model.detection yet, but a model file can fill the slot") == true)
    #expect(offers.refused.map(\.name) == ["model.classification.net", "model.classification.tiny"])
    #expect(draft.problems().contains { $0.remedy?.contains("a model file can fill the slot") == true })
  }
}

@Suite struct FillingTests {
  @Test func hintsWinAndPrioritiesDecide() throws {
    var draft = try RecipeDraft(task: "classification", name: "x", catalogue: CardFixture.catalogue())
    let filled = try draft.fillEmpty(hints: [("optimizer", "int8"), ("optimizer.samples", 9), ("data.path", "d.csv")])
    #expect(draft["model.architecture"] == "net")
    #expect(draft["optimizer"] == "int8")
    #expect(draft["optimizer.samples"] == 9)
    #expect(draft.isComplete)
    #expect(filled.first { $0.path == "model.architecture" }?.reason == "first of 3 that fit, by priority")
    #expect(filled.first { $0.path == "optimizer" }?.reason == "hint optimizer=int8")
    let again = try CardFixture.draft(draft.text())
    #expect(try again.recipe().slots == draft.recipe().slots)
  }

  @Test func aHintThatLeadsNowhereIsRefused() throws {
    var draft = try CardFixture.draft()
    #expect(throws: GalleyError.self) { try draft.fillEmpty(hints: [("optimiser", "int8")]) }
    #expect(throws: RecipeError.self) { try draft.fillEmpty(hints: [("optimizer", "int9")]) }
    #expect(try draft.text() == CardFixture.complete)
  }

  @Test func changesAsFewAutomaticValuesAsNeeded() throws {
    var draft = try CardFixture.draft()
    let filled = try draft.fillEmpty(hints: [("model.architecture.pretrained", "imagenet")])
    #expect(filled.map(\.path).sorted() == ["data.normalization", "model.architecture.pretrained"])
    #expect(draft["data.normalization"] == "imagenet")
    #expect(draft.problems() == [])
  }

  @Test func aValueTakenFromElsewhereIsMendedAtItsSource() throws {
    var draft = try CardFixture.draft(CardFixture.complete.replacing("path: digits.csv", with: "path: d, height: 33"))
    #expect(draft.problems().first?.what.contains("nobody chose") == true, "\(draft.problems())")
    try draft.fillEmpty()
    #expect(draft["model.architecture.height"] == 32)
    #expect(draft["data.height"] == 33)
  }
}

@Suite struct ContradictionTests {
  @Test func namesTheSmallestSetWithPlacesAndReason() throws {
    let text = CardFixture.complete
      .replacing("path: digits.csv", with: "path: digits.csv, normalization: none")
      .replacing("width: 16", with: "width: 16, pretrained: imagenet")
    let problems = try CardFixture.draft(text).problems()
    let problem = try #require(problems.first)
    #expect(problems.count == 1)
    #expect(problem.what.contains("these 3 choices contradict each other"), "\(problem)")
    #expect(problem.what.contains("model.architecture = net (r.yaml:6:"), "\(problem)")
    #expect(problem.what.contains("data.normalization = none (r.yaml:4:"), "\(problem)")
    #expect(problem.what.contains("model.architecture.pretrained = imagenet (r.yaml:6:"), "\(problem)")
    #expect(!problem.what.contains("width"), "\(problem)")
    #expect(problem.why.contains("Weights from ImageNet want inputs that are scaled like ImageNet's."), "\(problem)")
  }

  @Test func anOptionMayContradictItsOwnIngredient() throws {
    let problems = try CardFixture.draft(CardFixture.complete.replacing("width: 16", with: "height: 30")).problems()
    let what = problems.first?.what ?? ""
    #expect(what.contains("these 2 choices contradict each other: model.architecture = net"), "\(problems)")
    #expect(what.contains("model.architecture.height = 30 (r.yaml:6:"), "\(problems)")
  }

  @Test func anIngredientIsNotReplacedUnderTheOptionsSaidOfIt() throws {
    let rival = Card(taxonomy: "trainer.other", version: SemanticVersion(1, 0, 0), summary: "Another.")
    let strict = Card(
      taxonomy: "runtime.strict", version: SemanticVersion(1, 0, 0), summary: "Strict.",
      constraints: [Constraint("trainer.epochs < data.height", reason: "Few epochs.")])
    let catalogue = try CardCatalogue(CardFixture.cards + Card.tasks + [rival, strict])
    let text = CardFixture.complete.replacing("batch: 8", with: "batch: 8, epochs: 50") + "runtime: strict\n"
    let draft = try RecipeDraft(text: text, path: "r.yaml", folder: ".", catalogue: catalogue)
    let problem = try #require(draft.problems().first)
    // The trainer is nobody's choice, but its options are: only the height, a default, may change.
    #expect(problem.what.contains("nobody chose"), "\(problem)")
    #expect(problem.remedy?.contains("data.height = ") == true, "\(problem)")
    var filled = draft
    try filled.fillEmpty()
    #expect(filled["trainer.epochs"] == 50)
    #expect(filled.problems() == [], "\(filled.problems())")
  }
}
