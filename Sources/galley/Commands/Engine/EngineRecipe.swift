// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Engines
internal import Files
internal import Galley
internal import Recipes
internal import Scenarios

/// A recipe as the engine needs it: its first variant's network, data and training.
struct EngineRecipe {
  private let recipe: Recipe

  /// - Throws: `GalleyError` or `RecipeError` if the recipe can't be used.
  init(_ path: String, _ console: Console) throws {
    let file = try RecipeFile.read(path, catalogue: Catalogue.standard.cardCatalogue())
    for notice in file.notices { console.note("note: \(notice)") }
    guard let variant = file.variants.first else {
      throw GalleyError(.configuration, "can't use the recipe", at: path, why: "it has no variant")
    }
    if file.variants.count > 1 {
      console.note("note: the recipe has \(file.variants.count) variants; '\(variant.name)' is taken.")
    }
    recipe = variant.recipe
  }

  /// The network.
  var model: ModelSource {
    get throws {
      let slot = try recipe.slot("model.architecture")
      var options = slot.options
      // Weights in a slot of the architecture's are given to training.
      options["pretrained"] = nil
      return .architecture(IngredientChoice(slot.card.name, options: options))
    }
  }

  /// What the recipe says of training, by the names of TrainOptions.
  var training: [String: ConfigurationValue] {
    get throws {
      let slot = try recipe.slot("trainer")
      let known = Set(TrainOptions.declarations.map(\.name))
      var values = slot.options.filter { slot.chosen.contains($0.key) && known.contains($0.key) }
      values["seed"] = .int(Int(clamping: recipe.seed))
      if let weights = recipe.slots["model.architecture"]?.slots["pretrained"],
        case .string(let path)? = weights.options["path"]
      {
        values["initialWeights"] = .string(path.hasPrefix("/") ? path : "\(recipe.folder)/\(path)")
      }
      return values
    }
  }

  /// Reads and divides the recipe's data, as galley run does.
  /// - Returns: the path of the prepared file.
  func prepare(in workspace: EngineWorkspace) throws -> String {
    let dataset = try Catalogue.standard.dataset(recipe.slot("data"))
    let items = try dataset.described(relativeTo: recipe.folder)
    let (_, subsets) = try Catalogue.standard.split(recipe.slot("split"))
      .subsets(of: items, seed: recipe.seed, relativeTo: recipe.folder)
    let data = try PreparedData(subsets: subsets, preprocessing: dataset.preprocessing).serialized()
    let path = "\(workspace.path)/data/\(Digest(of: data).hex).safetensors"
    do throws(FileError) {
      try AtomicFile.write(data, to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the recipe's data")
    }
    return path
  }
}
