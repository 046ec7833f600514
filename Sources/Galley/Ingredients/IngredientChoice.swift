// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// An ingredient by name, with options by key: how a recipe's slot travels to the process that builds it.
public struct IngredientChoice: Sendable, Hashable, Codable {
  /// The last word of the taxonomy, or the whole.
  public var name: String
  /// The options that are set; others take the card's defaults.
  public var options: [String: ConfigurationValue]

  /// Chooses an ingredient.
  public init(_ name: String, options: [String: ConfigurationValue] = [:]) {
    self.name = name
    self.options = options
  }

  /// Chooses an ingredient with typed options.
  /// - Throws: `EncodingError` or `DecodingError` if the options aren't a group of keys.
  public init<Chosen: Ingredient>(_ type: Chosen.Type, _ options: Chosen.Options) throws {
    let data = try JSONEncoder().encode(options)
    self.init(type.card.name, options: try JSONDecoder().decode([String: ConfigurationValue].self, from: data))
  }

  private enum CodingKeys: String, CodingKey { case name, options }

  /// Reads a choice: a bare name, or a name with options.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      self.init(name)
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try container.decode(String.self, forKey: .name),
      options: try container.decodeIfPresent([String: ConfigurationValue].self, forKey: .options) ?? [:])
  }

  /// The same choice with every option of `card`: defaults filled in and values brought to the card's kinds.
  /// - Throws: `GalleyError` that names the option which the card doesn't have, doesn't accept, or demands.
  public func completed(by card: Card) throws(GalleyError) -> IngredientChoice {
    var rest = options
    var complete: [String: ConfigurationValue] = [:]
    for declaration in card.options {
      guard let value = rest.removeValue(forKey: declaration.name) ?? declaration.defaultValue else {
        throw refusal(declaration.name, "it must be given: \(declaration.kind.summary)")
      }
      switch declaration.kind.accept(value) {
      case .success(let accepted): complete[declaration.name] = accepted
      case .failure(let refusal): throw self.refusal(declaration.name, refusal.reason)
      }
    }
    if let unknown = rest.keys.min() {
      let guess = NearestName.match(unknown, in: card.options.map(\.name)).map { "; did you mean \($0)?" } ?? ""
      throw refusal(unknown, "\(card.name) has no such option\(guess)")
    }
    return IngredientChoice(card.name, options: complete)
  }

  private func refusal(_ option: String, _ why: String) -> GalleyError {
    GalleyError(
      .configuration, "can't use the option '\(option)'", at: name, why: why, remedy: "Correct it in the recipe.")
  }
}

extension IngredientChoice: OptionSource {
  /// All options by name, completed by the card's defaults.
  /// - Throws: `GalleyError` that names the option which doesn't fit.
  public func options(completing card: Card) throws -> [String: ConfigurationValue] {
    try completed(by: card).options
  }

  /// The options in their typed form, completed by the card's defaults.
  /// - Throws: `GalleyError` that names the option which doesn't fit.
  public func options<Made: Ingredient>(of type: Made.Type) throws -> Made.Options {
    let complete = try completed(by: type.card)
    do {
      return try JSONDecoder().decode(Made.Options.self, from: JSONEncoder().encode(complete.options))
    } catch {
      throw GalleyError(
        .software, "can't decode the options of \(type.card.taxonomy)",
        why: "the card and the ingredient's options differ: \(error)")
    }
  }
}
