// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
public import Golden
public import Recipes

extension RecipeFamily {
  /// The recipes of rows, each meaning once.
  ///
  /// A row that can't be made a recipe here, or not without what the options forbid, is left out with the reason.
  /// - Parameters:
  ///   - volumes: The volumes that the rows are from; they are needed with them.
  ///   - folder: Where relative paths start.
  /// - Throws: `GalleyError` with the reasons if no row makes a recipe.
  public init(
    of rows: [GoldenRow], in volumes: GoldenVolumes, options: GoldenRecipeOptions = GoldenRecipeOptions(),
    folder: String, catalogue: CardCatalogue
  ) throws(GalleyError) {
    var collector = FamilyCollector()
    var notes: [String] = []
    for row in rows {
      let name = row.variant.isEmpty ? row.id.short : "\(row.variant) (\(row.id.short))"
      var reading = GoldenRowReading(row: row, name: name, options: options)
      do {
        collector.add(try reading.member(folder: folder, catalogue: catalogue))
        notes += reading.notes.map { "\(name): \($0)" }
      } catch {
        collector.leaveOut(.init(name: name, choices: [], reasons: Combination.reasons(error)))
      }
    }
    (members, leftOut, self.notes) = (collector.members, collector.leftOut, notes)
    self.volumes = volumes.volumes.map(\.path)
    guard members.isEmpty else { return }
    throw GalleyError(
      .missingInput, "can't make a recipe of any row", at: volumes.volumes.map(\.name).joined(separator: ", "),
      why: leftOut.prefix(5).map { "\($0.name): \($0.reasons.joined(separator: "; "))" }.joined(separator: "\n  "),
      remedy: "Choose other rows, or allow what the reasons name.")
  }
}

/// A row on its way to a recipe.
private struct GoldenRowReading {
  let row: GoldenRow
  let name: String
  let options: GoldenRecipeOptions
  private(set) var notes: [String] = []

  init(row: GoldenRow, name: String, options: GoldenRecipeOptions) {
    self.row = row
    self.name = name
    self.options = options
  }

  mutating func member(folder: String, catalogue: CardCatalogue) throws -> ClosureMember {
    guard row.recipe.form == .galley else {
      throw refusal(
        "it keeps no recipe of Galley's, but \(row.recipe.form == .none ? "none" : row.recipe.form.rawValue)")
    }
    if let task = options.task, row.task != task { throw refusal("its task is \(row.task), not \(task)") }
    var draft = try RecipeDraft(
      canonicalText: row.recipe.content, name: row.variant, path: "golden row \(row.id.short)", folder: folder,
      catalogue: catalogue)
    try checkVersions(draft)
    if let data = options.data { try replaceData(&draft, by: data) }
    let filled = try fill(&draft)
    try checkDeprecations(draft)
    return ClosureMember(name: name, choices: [], filled: filled, row: row.id, recipe: try draft.recipe())
  }

  /// Compares what the row was measured with to what is taken here.
  private mutating func checkVersions(_ draft: RecipeDraft) throws(GalleyError) {
    var changes: [String] = []
    for (path, stated) in StatedIngredient.all(in: row.recipe.content) {
      guard let card = (try? draft.entries(at: path))?.first?.card else { continue }
      if card.taxonomy == stated.taxonomy, card.version.description == stated.version { continue }
      changes.append("\(path): \(stated.taxonomy) \(stated.version) → \(card.taxonomy) \(card.version)")
    }
    guard !changes.isEmpty else { return }
    guard options.allowsUpgrade else {
      throw refusal(
        "it was measured with other versions (\(changes.joined(separator: "; "))); --allow-upgrade takes these")
    }
    notes += changes.map { "upgraded \($0)" }
  }

  private mutating func checkDeprecations(_ draft: RecipeDraft) throws(GalleyError) {
    var found: [String] = []
    for entry in draft.entries where entry.isApplicable {
      let chosen = entry.declaration.kind.choices.first { $0.value == entry.value }
      guard let deprecation = entry.card?.deprecation ?? chosen?.deprecation else { continue }
      found.append("\(entry.path) = \(entry.value ?? .null): \(deprecation.reason)")
    }
    guard !found.isEmpty else { return }
    guard options.allowsDeprecated else {
      throw refusal(
        "it uses what should no longer be chosen (\(found.joined(separator: "; "))); --allow-deprecated takes it")
    }
    notes += found.map { "deprecated \($0)" }
  }

  private func fill(_ draft: inout RecipeDraft) throws -> [FilledChoice] {
    let missing = draft.missing.map(\.path)
    guard !missing.isEmpty else { return [] }
    guard options.fillsDefaults else {
      throw refusal("places are empty: \(missing.joined(separator: ", ")); --default-fill fills them")
    }
    return try draft.fillEmpty()
  }

  private func replaceData(_ draft: inout RecipeDraft, by path: String) throws {
    let places = draft.entries.filter { $0.path.hasPrefix("data.") && $0.declaration.kind.isPath && $0.isApplicable }
    guard let place = places.first else {
      throw refusal("its data set, \(draft["data"] ?? .null), names no file that another could take the place of")
    }
    try draft.set(place.path, to: .string(path))
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.configuration, "can't make a recipe of the row", at: name, why: why)
  }
}

/// An ingredient as a canonical recipe states it.
private struct StatedIngredient {
  var taxonomy: String
  var version: String

  /// All ingredients of a canonical recipe by their paths.
  static func all(in text: String) -> [(path: String, stated: StatedIngredient)] {
    guard case .map(let keys)? = try? JSONDecoder().decode(ConfigurationValue.self, from: Data(text.utf8)) else {
      return []
    }
    return inner(keys, under: "")
  }

  private static func inner(
    _ keys: [String: ConfigurationValue], under path: String
  ) -> [(path: String, stated: StatedIngredient)] {
    guard case .map(let slots)? = keys["slots"] else { return [] }
    return slots.sorted { $0.key < $1.key }.flatMap { key, slot -> [(path: String, stated: StatedIngredient)] in
      guard case .map(let keys) = slot, case .string(let taxonomy)? = keys["ingredient"],
        case .string(let version)? = keys["version"]
      else { return [] }
      let place = path.isEmpty ? key : "\(path).\(key)"
      return [(place, StatedIngredient(taxonomy: taxonomy, version: version))] + inner(keys, under: place)
    }
  }
}
