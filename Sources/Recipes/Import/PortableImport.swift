// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import SPPR

internal import FoundationEssentials

/// One of LEIP's portable recipes as one of Galley's: what has a counterpart here, and what has none.
///
/// Counterparts are found by name: an option or slot here whose path or synonym is one of the names that the portable
/// recipe gives a place. Only what the portable recipe sets itself is carried over; a default of LEIP's is listed if
/// the default here differs.
public struct PortableImport: Sendable {
  /// A value that was carried over.
  public struct Carried: Sendable, Hashable, Encodable {
    /// The place in the portable recipe: `task/height`.
    public var from: String
    /// The place here: `task.height`.
    public var to: String
    /// The value here.
    public var value: ConfigurationValue
  }

  /// Something that has no counterpart.
  public struct Left: Sendable, Hashable, Encodable {
    /// The place in the portable recipe.
    public var from: String
    /// The ingredient or the value that stands there.
    public var what: String
    /// Why it was not carried over.
    public var reason: String
  }

  /// The recipe, as far as there are counterparts; the rest is empty or has its default.
  public private(set) var draft: RecipeDraft
  /// What was carried over.
  public private(set) var carried: [Carried] = []
  /// What was not.
  public private(set) var left: [Left] = []

  /// Brings a portable recipe here.
  /// - Throws: `GalleyError` if its task is none of Galley's.
  public init(
    _ recipe: PortableRecipe, name: String, path: String, folder: String, catalogue: CardCatalogue
  ) throws(GalleyError) {
    draft = try RecipeDraft(
      task: Self.task(of: recipe, path: path), name: name, path: path, folder: folder, catalogue: catalogue)
    if let tree = recipe.tree { carryIngredients(of: tree) }
    for setting in recipe.values { carry(setting) }
  }

  /// LEIP's model categories name the task: `model.detection.2d`.
  private static func task(of recipe: PortableRecipe, path: String) throws(GalleyError) -> String {
    for placement in recipe.placements {
      let words = placement.ingredient.category.split(separator: ".").map(String.init)
      guard words.first == "model" || words.first == "task" else { continue }
      for (word, task) in [
        ("detection", "detection"), ("classification", "classification"), ("segmentation", "segmentation"),
        ("anomaly", "anomaly"),
      ] where words.contains(word) {
        return task
      }
    }
    throw GalleyError(
      .badData, "can't import the recipe", at: path, why: "neither its task nor its model is of a known kind",
      remedy: "galley recipe show prints what it holds.")
  }

  /// Ingredients have a counterpart if one of the same name fits the slot that the branch's names lead to.
  private mutating func carryIngredients(of tree: PortableTree) {
    for branch in tree.branches {
      for child in branch.children {
        carry(child, in: branch.slot)
        carryIngredients(of: child)
      }
    }
  }

  private mutating func carry(_ tree: PortableTree, in slot: PortableSlot) {
    let names = slot.synonyms + [slot.path]
    let what = "\(tree.name) \(tree.version) (\(tree.category))"
    guard let entry = place(named: names, isSlot: true) else {
      // A task is chosen already, and a root's sections are no choices.
      guard tree.category.split(separator: ".").first != "task" else { return }
      left.append(Left(from: "\(tree.place)", what: what, reason: "Galley has no such slot"))
      return
    }
    let word = tree.name.lowercased().replacing(" ", with: "-")
    let fitting = draft.catalogue.fitting(entry.declaration.kind.accepted)
    guard let card = fitting.first(where: { $0.name == word || $0.formerNames.contains(tree.category) }) else {
      left.append(
        Left(
          from: "\(tree.place)", what: what,
          reason:
            "nothing like it is in the catalogue for \(entry.path)\(entry.value == nil ? "" : ", which keeps its own")")
      )
      return
    }
    put(.string(card.name), at: entry, from: "\(tree.place)", what: what)
  }

  private mutating func carry(_ setting: PortableSetting) {
    let from = "\(setting.place)/\(setting.slot.path)"
    guard let value = setting.value else { return }
    let what = "\(setting.synonyms.first ?? setting.slot.path) = \(ConfigurationValue(value))"
    let isOwn = setting.origin == .actual
    guard let entry = place(named: setting.synonyms, isSlot: false) else {
      if isOwn { left.append(Left(from: from, what: what, reason: "Galley has no such option")) }
      return
    }
    guard !setting.isInterpolation else {
      if isOwn { left.append(Left(from: from, what: what, reason: "it takes a value from LEIP's own places")) }
      return
    }
    guard let fitting = adapted(value, to: entry.declaration.kind) else {
      let reason = "\(entry.path) takes \(entry.declaration.kind.summary)"
      left.append(Left(from: from, what: what, reason: reason))
      return
    }
    guard isOwn else {
      if entry.value != fitting, entry.value != nil {
        left.append(
          Left(
            from: from, what: what,
            reason: "LEIP's default; \(entry.path) keeps its own, \(entry.value ?? .null): set it if you want LEIP's"))
      }
      return
    }
    put(fitting, at: entry, from: from, what: what)
  }

  /// The first place here with one of the names.
  private func place(named names: [String], isSlot: Bool) -> RecipeEntry? {
    for name in names {
      guard let entry = try? draft.entries(at: name).first else { continue }
      if entry.declaration.kind.isSlot == isSlot { return entry }
    }
    return nil
  }

  private mutating func put(_ value: ConfigurationValue, at entry: RecipeEntry, from: String, what: String) {
    // The same synonym may stand in several places of a portable recipe; the first one counts.
    guard !carried.contains(where: { $0.to == entry.path }) else { return }
    do {
      try draft.set(entry.path, to: value)
      carried.append(Carried(from: from, to: entry.path, value: value))
    } catch {
      left.append(Left(from: from, what: what, reason: "\(error)"))
    }
  }

  /// The value as the option here takes it; `nil` if it doesn't. LEIP puts a library's name before some choices:
  /// `timm:sgd`.
  private func adapted(_ value: PortableValue, to kind: OptionKind) -> ConfigurationValue? {
    let value = ConfigurationValue(value)
    if case .success(let accepted) = kind.accept(value) { return accepted }
    if case .string(let text) = value, let word = text.split(separator: ":").last,
      case .success(let accepted) = kind.accept(.string(String(word)))
    {
      return accepted
    }
    return nil
  }
}

extension ConfigurationValue {
  /// A portable recipe's value; numbers beyond 64 bits become text.
  public init(_ value: PortableValue) {
    switch value {
    case .null: self = .null
    case .bool(let value): self = .bool(value)
    case .integer(let value): self = value.int.map(ConfigurationValue.int) ?? .string("\(value)")
    case .float(let value): self = .float(value)
    case .text(let value): self = .string(value)
    case .list(let values): self = .list(values.map { ConfigurationValue($0) })
    case .map(let map):
      self = .map(
        Dictionary(map.entries.map { ($0.key.text ?? "", ConfigurationValue($0.value)) }, uniquingKeysWith: { $1 }))
    }
  }
}
