// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A component that can fill a slot of a recipe.
///
/// The card is known without building anything; the options arrive complete and within the card's bounds.
public protocol Ingredient: Sendable {
  /// The typed form of the card's options: one stored property for each, of the same name.
  associatedtype Options: Codable & Sendable & Equatable
  /// Name, place in the catalogue, options.
  static var card: Card { get }
  /// Builds the ingredient.
  /// - Throws: `GalleyError` if the options contradict each other or what is needed is missing.
  init(_ options: Options) throws
}

/// The ingredients of one role by name: an immutable value, built from a list of types.
public struct Registry<Role>: Sendable {
  /// How one ingredient is described and made.
  public struct Entry: Sendable {
    /// What the ingredient says of itself.
    public let card: Card
    private let build: @Sendable (any OptionSource) throws -> Role

    /// Registers `type` in the role that `cast` names.
    public init<Made: Ingredient>(_ type: Made.Type, as cast: @escaping @Sendable (Made) -> Role) {
      card = type.card
      build = { source in cast(try type.init(try source.options(of: type))) }
    }

    /// Registers an ingredient that is known by its card only, such as one of a program in another language.
    /// - Parameter make: Builds it from all options of the card by name.
    public init(_ card: Card, make: @escaping @Sendable ([String: ConfigurationValue]) throws -> Role) {
      self.card = card
      build = { source in try make(try source.options(completing: card)) }
    }

    /// Builds the ingredient from options that the card has completed.
    public func make(_ source: any OptionSource) throws -> Role { try build(source) }
  }

  /// The entries in the order of registration.
  public let entries: [Entry]

  /// Creates a registry.
  public init(_ entries: [Entry]) { self.entries = entries }

  /// The entry called `name`: its last word, or its whole taxonomy.
  public func entry(named name: String) -> Entry? {
    entries.first { $0.card.name == name || $0.card.taxonomy == name }
  }
}

/// Where the options of an ingredient are decoded from: a recipe's slot, a worker's request.
public protocol OptionSource {
  /// The complete options of `type`.
  func options<Made: Ingredient>(of type: Made.Type) throws -> Made.Options
  /// All options of an ingredient with this card, by name.
  func options(completing card: Card) throws -> [String: ConfigurationValue]
}
