// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
public import Golden
public import Pantry
package import Recipes

/// Makes golden rows again from their recipes: data, training, export, optimization and measurement, with the recipe's
/// seed, taking nothing from earlier runs.
public struct Retraining: Sendable {
  /// Makes a runner whose finished stages are kept in a pantry of its own.
  package typealias RunnerMaker = @Sendable (Pantry, ScenarioRunner.Fetch?) -> ScenarioRunner

  private let pantry: Pantry
  private let cards: CardCatalogue
  private let data: String?
  private let fetch: ScenarioRunner.Fetch?
  private let makeRunner: RunnerMaker

  /// Prepares.
  /// - Parameters:
  ///   - pantry: Where the files lie that recipes name by their content; nothing else is taken from it.
  ///   - catalogue: The ingredients that recipes may use.
  ///   - data: A file or folder that the recipe read and the pantry doesn't hold, such as a folder of images; it is
  ///     used only where its content is what the recipe says.
  ///   - limits: How much of the machine stages take together.
  ///   - fetch: Brings what a recipe needs into the pantry.
  ///   - tell: Hears what happens.
  public init(
    pantry: Pantry, catalogue: Catalogue, data: String? = nil, limits: ResourceLimits = ResourceLimits(),
    fetch: ScenarioRunner.Fetch? = nil, tell: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) throws {
    self.init(
      pantry: pantry, cards: try CardCatalogue(catalogue.cards + Card.tasks), data: data, fetch: fetch
    ) { empty, fetch in
      ScenarioRunner(
        catalogue: catalogue, pantry: empty, command: "galley golden reproduce --retrain", limits: limits,
        fetch: fetch, tell: tell)
    }
  }

  package init(
    pantry: Pantry, cards: CardCatalogue, data: String? = nil, fetch: ScenarioRunner.Fetch? = nil,
    makeRunner: @escaping RunnerMaker
  ) {
    self.pantry = pantry
    self.cards = cards
    self.data = data
    self.fetch = fetch
    self.makeRunner = makeRunner
  }

  /// Runs a row's whole recipe and compares what it gives with the row.
  /// - Throws: `GalleyError` if Galley didn't measure the row by a recipe, or something that the recipe read is missing;
  ///   `CancellationError` if the task is cancelled.
  public func reproduce(_ row: GoldenRow) async throws -> Reproduction {
    guard let earlier = row.measurement, row.recipe.form == .galley else {
      throw GalleyError(
        .usage, "can't train the row's model again", at: row.id.short,
        why: row.measurement == nil
          ? "the row is \(row.status.rawValue): Galley didn't measure it"
          : "it was measured by a bench, which trains nothing",
        remedy: "Without --retrain the row's file is measured again; rows of galley run can be trained again.")
    }
    let file = try resolve(recipe(of: row))
    let later = try await pantry.withWorkFolder { folder in try await run(file, in: folder) }
    guard let measurement = later.measurement else {
      throw GalleyError(.software, "can't reproduce the row", why: "the run measured nothing")
    }
    return Reproduction(
      of: row, earlier, measurement, isRetrained: true, notes: notes(row, later, earlier, measurement))
  }

  /// Runs a recipe where nothing has been done yet.
  private func run(_ file: RecipeFile, in folder: String) async throws -> GoldenRow {
    let empty = try Pantry(root: "\(folder)/pantry")
    var bringing: ScenarioRunner.Fetch?
    if let fetch { bringing = { artifact in try await bring(artifact, to: empty, fetch) } }
    let outcome = try await makeRunner(empty, bringing).run(file, output: "\(folder)/report")
    guard let id = outcome.variants.first?.row, let volume = outcome.volume else {
      throw GalleyError(.software, "can't reproduce the row", why: "the run gave no row")
    }
    return try GoldenVolumes(paths: [volume]).row(id)
  }

  /// The recipe with the pantry's copies of the files that it names by their content.
  private func resolve(_ file: RecipeFile) throws(GalleyError) -> RecipeFile {
    do throws(GalleyError) {
      return try RecipeInputs(pantry: pantry).resolve(file)
    } catch {
      var error = error
      error.remedy = "Add the file to the pantry: galley pantry add FILE. A file or folder elsewhere: --data PATH."
      throw error
    }
  }

  /// The row's recipe, with the file that the user names where its content is wanted.
  private func recipe(of row: GoldenRow) throws -> RecipeFile {
    let draft = try RecipeDraft(
      canonicalText: row.recipe.content, name: row.variant, path: "the recipe of \(row.id.short)", folder: pantry.root,
      catalogue: cards)
    var file = try draft.file()
    guard let data else { return file }
    let path = URL(filePath: data).standardizedFileURL.path(percentEncoded: false)
    let digest = try digest(ofContentAt: path)
    var isUsed = false
    for index in file.variants.indices {
      for (place, slot) in file.variants[index].recipe.slots {
        for declaration in slot.card.options where declaration.kind.isPath {
          guard case .string(let text)? = slot.options[declaration.name],
            ContentReference.digest(in: text) == digest
          else { continue }
          file.variants[index].recipe.slots[place]?.options[declaration.name] = .string(path)
          isUsed = true
        }
      }
    }
    guard isUsed else {
      throw GalleyError(
        .badData, "can't use the data", at: data,
        why: "its content has the SHA-256 \(digest.short)…, which the row's recipe doesn't name",
        remedy: "Give the file or folder that the recipe read, unchanged.")
    }
    return file
  }

  private func digest(ofContentAt path: String) throws(GalleyError) -> Digest {
    do throws(FileError) {
      return try Digest(ofContentAt: path)
    } catch {
      throw GalleyError(.missingInput, "can't read the data", at: path, why: error.reason)
    }
  }

  /// Copies what a recipe needs from the user's pantry, where it stays for others.
  private func bring(
    _ artifact: ArtifactRequirement, to empty: Pantry, _ fetch: ScenarioRunner.Fetch
  ) async throws -> Digest {
    let digest = try await fetch(artifact)
    return try empty.store(
      fileAt: pantry.path(of: digest),
      note: ArtifactNote(name: artifact.name, role: artifact.role, licence: artifact.licence), expecting: digest)
  }

  private func notes(
    _ row: GoldenRow, _ later: GoldenRow, _ then: Measurement, _ now: Measurement
  ) -> [String] {
    var notes: [String] = []
    if row.recipeDigest != later.recipeDigest {
      notes.append("The recipe's tools or ingredients have other versions than then, so that its digest differs.")
    }
    if then.conditions.dataDigest != now.conditions.dataDigest {
      notes.append(
        "The prepared data differ: \(then.conditions.dataDigest.short) and \(now.conditions.dataDigest.short).")
    }
    notes.append(
      then.model.digest == now.model.digest
        ? "The model's file is the same, byte for byte."
        : "The model's file is another: training gave other weights (\(then.model.digest.short), "
          + "\(now.model.digest.short)).")
    return notes
  }
}
