// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Engines
internal import Files
internal import Galley
internal import Pantry
internal import Recipes
internal import Scenarios

/// A recipe as the engine needs it: its first variant's network, data and training.
struct EngineRecipe {
  private let recipe: Recipe
  private let pantry: Pantry
  private let console: Console

  /// - Throws: `GalleyError` or `RecipeError` if the recipe can't be used.
  init(_ path: String, _ place: PantryOptions, _ console: Console) throws {
    pantry = try place.open(console)
    self.console = console
    let file = try RecipeInputs(pantry: pantry).resolve(
      RecipeFile.read(path, catalogue: Catalogue.standard.cardCatalogue()))
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

  /// What the recipe says of training, by the names of TrainOptions. Weights that aren't here are fetched.
  var training: [String: ConfigurationValue] {
    get async throws {
      let slot = try recipe.slot("trainer")
      let known = Set(TrainOptions.declarations.map(\.name))
      var values = slot.options.filter { slot.chosen.contains($0.key) && known.contains($0.key) }
      values["seed"] = .int(Int(clamping: recipe.seed))
      switch try PretrainedWeights(recipe.slot("model.architecture"), folder: recipe.folder) {
      case .none: break
      case .file(let path, _): values["initialWeights"] = .string(path)
      case .named(let artifact): values["initialWeights"] = .string(try await fetched(artifact))
      }
      return values
    }
  }

  /// Reads and divides the recipe's data, as galley run does.
  /// - Returns: the path of the prepared file.
  func prepare(in workspace: EngineWorkspace) async throws -> String {
    let folder = "\(workspace.path)/data/fetched"
    let prepared = try await Catalogue.standard.prepare(
      data: try await local("data", in: folder), split: try await local("split", in: folder), of: recipe
    ) { console.note("note: \($0)") }
    let data = try prepared.data.serialized()
    let path = "\(workspace.path)/data/\(Digest(of: data).hex).safetensors"
    do throws(FileError) {
      try AtomicFile.write(data, to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the recipe's data")
    }
    return path
  }

  /// A choice whose files are on this machine.
  private func local(_ name: String, in folder: String) async throws -> FilledSlot {
    let slot = try recipe.slot(name)
    for reference in slot.webReferences.values { _ = try await fetched(reference.requirement(.data)) }
    return try slot.linking(in: folder) { pantry.path(of: $0.digest) }
  }

  private func fetched(_ artifact: ArtifactRequirement) async throws -> String {
    pantry.path(of: try await ArtifactFetching(pantry, console).fetch(artifact))
  }
}
