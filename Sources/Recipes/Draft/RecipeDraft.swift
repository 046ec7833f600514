// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import FoundationEssentials

/// A recipe that is being composed: read, asked, changed, completed and checked.
///
/// ```swift
/// var draft = try RecipeDraft(task: "classification", name: "digits", catalogue: catalogue)
/// try draft.set("data", to: "image-table")
/// try draft.set("data.path", to: "digits.csv")
/// let filled = try draft.fillEmpty(hints: [("optimizer", "int8")])
/// let recipe = try draft.recipe()
/// ```
///
/// Every place has a path, `trainer.epochs`, and may have synonyms; both are valid wherever a place is named.
public struct RecipeDraft: Sendable {
  /// The ingredients that may be chosen.
  public let catalogue: CardCatalogue
  /// The recipe's file in messages.
  public let path: String
  /// Where relative paths in the recipe start.
  public let folder: String
  /// The text that was read, what it says, and what changed since.
  private let original: String
  private let source: SourceNode
  private var edits: [Edit] = []
  /// The document with all changes, completed.
  private(set) var resolution: Resolution

  /// A change of the document: a value put somewhere, or removed.
  struct Edit: Sendable {
    /// The place.
    var path: [String]
    /// Where the text says it: at the place, or under a synonym.
    var writtenPath: [String]
    var value: ConfigurationValue?
  }

  /// Reads a recipe's text.
  /// - Parameters:
  ///   - text: YAML or JSON; it may be incomplete and wrong.
  ///   - path: The file's name in messages.
  ///   - folder: Where relative paths in the recipe start.
  /// - Throws: `GalleyError` if the text is no YAML, or no group of keys.
  public init(text: String, path: String, folder: String, catalogue: CardCatalogue) throws(GalleyError) {
    let root = try SourceReader.read(text, file: path)
    guard case .map = root.content else { throw RecipeFile.notKeys(root) }
    (original, source) = (text, root)
    resolution = Resolution(root, catalogue: catalogue)
    self.path = path
    self.folder = folder
    self.catalogue = catalogue
  }

  /// Reads a recipe's file.
  /// - Throws: `GalleyError` if the file is missing, or its text is no YAML.
  public init(contentsOf path: String, catalogue: CardCatalogue) throws(GalleyError) {
    let file = try RecipeFile.text(of: path)
    try self.init(text: file.text, path: path, folder: file.folder, catalogue: catalogue)
  }

  /// Creates an empty recipe for a task: slots without a default are there to be filled.
  /// - Throws: `GalleyError` if there is no such task.
  public init(
    task: String, name: String, path: String = "recipe.yaml", folder: String = ".", catalogue: CardCatalogue
  ) throws(GalleyError) {
    guard let card = catalogue.tasks.first(where: { $0.name == task || $0.taxonomy == task }) else {
      let known = catalogue.tasks.map(\.name).sorted()
      let guess = NearestName.match(task, in: known).map { "; did you mean '\($0)'?" } ?? ""
      throw GalleyError(
        .usage, "can't create a recipe", why: "there is no task '\(task)'\(guess)",
        remedy: "Known: \(known.joined(separator: ", ")).")
    }
    try self.init(
      text: RecipeTemplate(task: card, name: name).text, path: path, folder: folder, catalogue: catalogue)
  }

  /// The recipe's text with all changes; comments and order are kept.
  /// - Throws: `GalleyError` if a change can't be written into this text, which is then said.
  public func text() throws(GalleyError) -> String {
    guard !edits.isEmpty else { return original }
    var text = try RecipeText(original)
    for edit in edits {
      if let value = edit.value {
        try text.set(edit.writtenPath, to: value)
      } else if text.value(at: edit.writtenPath) != nil {
        try text.remove(edit.writtenPath)
      }
    }
    return text.text
  }

  /// All places of the recipe, each before those inside it.
  public var entries: [RecipeEntry] { resolution.entries }

  /// The task's card; `nil` if the recipe names no known task.
  public var task: Card? { resolution.task }

  /// What a reader should know: old names, choices that aren't used, advice that isn't followed.
  public var notices: [GalleyError] { resolution.notices.map(\.error) }

  /// The places that somebody still has to fill.
  public var missing: [RecipeEntry] { resolution.missing.map { resolution.entries[$0] } }

  /// Whether every place is filled; constraints may still not hold.
  public var isComplete: Bool { resolution.missing.isEmpty && resolution.problems.isEmpty }

  /// The value at a path or synonym: an option's value, a slot's ingredient by name; `nil` if there is none, or if
  /// places that share the synonym differ.
  public subscript(path: String) -> ConfigurationValue? {
    let values = resolution.find(path).map { resolution.entries[$0].value }
    guard let first = values.first, values.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// The places that a path or a synonym names.
  /// - Throws: `GalleyError` with the nearest name if there is none.
  public func entries(at path: String) throws(GalleyError) -> [RecipeEntry] {
    let found = resolution.find(path)
    guard !found.isEmpty else { throw unknown(path) }
    return found.map { resolution.entries[$0] }
  }

  /// Everything that is wrong: what can't be read, what is missing, what contradicts; variants included.
  public func problems() -> [GalleyError] {
    var builder = RecipeFileBuilder(root: document, folder: folder, catalogue: catalogue)
    _ = builder.build()
    return builder.problems
  }

  /// The recipe and its variants.
  /// - Throws: `RecipeError` with everything that is wrong.
  public func file() throws(RecipeError) -> RecipeFile {
    try RecipeFile(root: document, path: path, folder: folder, catalogue: catalogue)
  }

  /// The recipe without variants.
  /// - Throws: `RecipeError` with everything that is wrong.
  public func recipe() throws(RecipeError) -> Recipe {
    let problems = resolution.allProblems { Conflict.errors(of: $0, in: resolution) }
    guard problems.isEmpty else { throw RecipeError(problems: problems) }
    return filledRecipe
  }

  /// The recipe without variants as far as its slots are filled, whatever is wrong with it.
  public var filledRecipe: Recipe {
    let name = document["recipe"]?.value.description ?? ""
    var seed: UInt64 = 0
    if case .int(let number)? = document["seed"]?.value { seed = UInt64(max(0, number)) }
    return resolution.recipe(name: name, seed: seed, folder: folder)
  }

  /// The ingredient in a slot of the task, with its options as far as they are known.
  /// - Throws: `GalleyError` if nothing is in it.
  public func filledSlot(_ path: String) throws(GalleyError) -> FilledSlot {
    let slot = try entries(at: path).first?.path ?? path
    return try resolution.recipe(name: "", seed: 0, folder: folder).slot(slot)
  }

  /// Puts a value at a path or synonym: an option's value, or an ingredient's name, or `use:` with options.
  /// - Throws: `RecipeError` with what is wrong with it; the draft stays as it was.
  public mutating func set(_ path: String, to value: ConfigurationValue) throws {
    if RecipeFile.documentKeys.contains(path) {
      return try apply([Edit(path: [path], writtenPath: [path], value: value)])
    }
    try apply(try entries(at: path).map { edit($0, value) })
  }

  /// Takes away what the recipe says at a path or synonym; defaults count again.
  /// - Throws: `GalleyError` if there is no such place.
  public mutating func clear(_ path: String) throws {
    try apply(try entries(at: path).map { edit($0, nil) }.filter { document.node(at: $0.path) != nil })
  }

  /// Makes changes, unless one of them brings a problem that wasn't there.
  private mutating func apply(_ changes: [Edit]) throws {
    let before = Set(resolution.problems.map(\.error))
    let next = Resolution(changes.reduce(document) { $0.applying($1) }, catalogue: catalogue)
    let fresh = next.problems.map(\.error).filter { !before.contains($0) }
    guard fresh.isEmpty else { throw RecipeError(problems: fresh) }
    keep(changes, next)
  }

  mutating func keep(_ changes: [Edit], _ next: Resolution) {
    edits += changes
    resolution = next
  }

  /// The document with all changes, synonyms brought to their places.
  var document: SourceNode { resolution.root }

  /// A change of an entry, where the text says it: under its path, or under one of its synonyms.
  func edit(_ entry: RecipeEntry, _ value: ConfigurationValue?) -> Edit {
    let path = entry.path.split(separator: ".").map(String.init)
    let others = entry.declaration.synonyms.map { $0.split(separator: ".").map(String.init) }
    let written = ([path] + others).first { says($0, isOnTheWayTo: path) }
    return Edit(path: path, writtenPath: written ?? path, value: value)
  }

  /// Whether the text has a value at a path, not just a group that leads on to `place`.
  private func says(_ path: [String], isOnTheWayTo place: [String]) -> Bool {
    guard let node = source.node(at: path), !node.isEmpty else { return false }
    guard path.count < place.count, place.starts(with: path), !node.entries.isEmpty else { return true }
    return node[Recipe.ingredientKey] != nil
  }

  func unknown(_ path: String) -> GalleyError {
    let names = Array(resolution.positions.keys) + Array(resolution.synonyms.keys)
    let guess = NearestName.match(path, in: names).map { "; did you mean '\($0)'?" } ?? ""
    return GalleyError(
      .usage, "can't find '\(path)' in the recipe", at: self.path, why: "no place has this path or synonym\(guess)",
      remedy: "galley recipe show lists all paths.")
  }
}

extension SourceNode {
  /// The document after a change.
  func applying(_ edit: RecipeDraft.Edit) -> SourceNode {
    guard let value = edit.value else { return removing(edit.path[...]) }
    let position = SourcePosition(file: "set \(edit.path.joined(separator: "."))", line: 1, column: 1)
    return replacing(edit.path[...], by: SourceNode(value, at: position), keyPosition: position)
  }
}
