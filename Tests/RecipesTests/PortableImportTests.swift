// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Recipes
import SPPR
import Testing

@Suite struct PortableImportTests {
  /// LEIP's published detection recipe.
  private func recipe() throws -> PortableRecipe {
    let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "SPPRTests/Fixtures/detection-recipe.sppr")
    return try PortableRecipe(serialized: Data(contentsOf: path), name: "detection-recipe.sppr")
  }

  private func imported(_ cards: [Card] = CardFixture.cards) throws -> PortableImport {
    try PortableImport(
      recipe(), name: "fire", path: "fire.yaml", folder: ".", catalogue: CardCatalogue(cards + Card.tasks))
  }

  @Test func carriesOverWhatHasACounterpart() throws {
    let imported = try imported()
    #expect(imported.draft.task?.name == "detection")
    #expect(imported.draft["task.height"] == 512)
    #expect(imported.draft["target.width"] == 512)
    let height = try #require(imported.carried.first { $0.to == "task.height" })
    #expect(height.from == "task/height")
    #expect(height.value == 512)
  }

  @Test func listsWhatHasNone() throws {
    let imported = try imported()
    let model = try #require(imported.left.first { $0.from == "model" })
    #expect(model.what == "EfficientDet 2.0.0 (model.detection.2d)")
    #expect(model.reason.contains("nothing like it is in the catalogue for model.architecture"))
    #expect(imported.left.contains { $0.what.contains("post_processor.iou_threshold = 0.7") })
    #expect(imported.left.contains { $0.what.hasPrefix("Tensorboard") && $0.reason == "Galley has no such slot" })
    // A default of LEIP's that differs from the one here is no silent change.
    let epochs = try #require(imported.left.first { $0.what == "train.num_epochs = 1000" })
    #expect(epochs.reason.contains("trainer.epochs"), "\(epochs.reason)")
  }

  @Test func anIngredientOfTheSameNameIsACounterpart() throws {
    let net = Card(
      taxonomy: "model.detection.efficientdet", version: SemanticVersion(1, 0, 0), summary: "EfficientDet.")
    let imported = try imported(CardFixture.cards + [net])
    #expect(imported.draft["model.architecture"] == "efficientdet")
  }

  @Test func theRecipeReadsBack() throws {
    let text = try imported().draft.text()
    let again = try RecipeDraft(
      text: text, path: "fire.yaml", folder: ".", catalogue: CardCatalogue(CardFixture.cards + Card.tasks))
    #expect(again["task.height"] == 512)
    #expect(again.missing.map(\.path).contains("data"))
  }
}
