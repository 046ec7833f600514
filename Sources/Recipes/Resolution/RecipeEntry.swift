// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// One place of a recipe: a slot, a group of named slots, or an option, with what stands there and why.
public struct RecipeEntry: Sendable, Hashable {
  /// What stands at the place.
  public enum Content: Sendable, Hashable {
    /// An ingredient, or nothing yet.
    case slot(Card?)
    /// Any number of slots, which are entries of their own.
    case group
    /// A value, or nothing yet.
    case option(ConfigurationValue?)
  }

  /// Dotted path in the recipe: `model.architecture.width`.
  public var path: String
  /// What the place accepts, and its help.
  public var declaration: OptionDeclaration
  /// What stands there.
  public internal(set) var content: Content
  /// Who said so.
  public internal(set) var origin: Origin
  /// Whether the place counts: a place whose condition doesn't hold is as good as absent.
  public internal(set) var isApplicable = true
  /// How deep the place lies below the task: slots of the task are at 0.
  public let depth: Int
  /// Position of the slot that the place belongs to; `nil` for slots of the task.
  let parent: Int?
  /// Text with `${…}`, as it was written, of a value that was taken from elsewhere.
  var interpolation: String?
  /// Where the key stands, with or without a value; `nil` if it doesn't.
  var position: SourcePosition?
  /// Whether the recipe says something here.
  var isWritten = false

  /// The ingredient in the slot.
  public var card: Card? { if case .slot(let card) = content { card } else { nil } }

  /// The option's value; for a slot its ingredient's name.
  public var value: ConfigurationValue? {
    switch content {
    case .slot(let card): card.map { .string($0.name) }
    case .group: nil
    case .option(let value): value
    }
  }

  /// Whether somebody still has to choose here.
  public var isMissing: Bool {
    guard isApplicable else { return false }
    switch content {
    case .slot(let card): return card == nil
    case .group: return false
    case .option(let value): return value == nil
    }
  }

  /// What the choice needs beyond this program, by the card or by the value chosen.
  public var artifacts: [ArtifactRequirement] {
    switch content {
    case .slot(let card): card?.artifacts ?? []
    case .group: []
    case .option(.string(let text)) where declaration.kind == .path:
      (try? WebReference(text)).map { [$0.requirement(.data)] } ?? []
    case .option(let value):
      declaration.kind.choices.filter { choice in
        if case .list(let values)? = value { values.contains(choice.value) } else { choice.value == value }
      }.flatMap(\.artifacts)
    }
  }
}

/// Who decided what stands at a place of a recipe.
public enum Origin: Sendable, Hashable {
  /// Nobody yet.
  case nobody
  /// The recipe itself, at this file, line and column, or whatever else was told.
  case said(place: String)
  /// The card of the ingredient, or the task, called so.
  case defaultOf(String)
  /// Another option of the recipe, by this text with `${path}`.
  case takenFrom(String, place: String?)

  /// Whether a person said it, so that nothing may change it on its own.
  public var isSaid: Bool {
    switch self {
    case .said: true
    case .takenFrom(_, let place): place != nil
    default: false
    }
  }
}

extension Origin: CustomStringConvertible, Encodable {
  public var description: String {
    switch self {
    case .nobody: "not chosen yet"
    case .said(let place): place
    case .defaultOf(let name): "default of \(name)"
    case .takenFrom(let text, let place): place.map { "\(text) at \($0)" } ?? "default \(text)"
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
