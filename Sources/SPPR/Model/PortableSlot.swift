// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A place in an ingredient's configuration that a recipe fills: with a value or with other ingredients.
public struct PortableSlot: Sendable, Hashable {
  /// What fills the slot.
  public enum Kind: Sendable, Hashable {
    /// One value.
    case scalar
    /// Several values.
    case list
    /// One of the choices.
    case choice
    /// Some of the choices.
    case multipleChoice
    /// One ingredient.
    case ingredient
    /// Ingredients with given names.
    case ingredients
    /// At most one ingredient of each subcategory, with given names.
    case ingredientPerSubcategory
    /// Something that this reader does not know.
    case other(String)

    init(_ word: String) {
      self =
        switch word {
        case "scalar": .scalar
        case "list": .list
        case "choice": .choice
        case "multi-choice": .multipleChoice
        case "single-ingredient": .ingredient
        case "multi-ingredient": .ingredients
        case "single-ingredient-per-subcategory": .ingredientPerSubcategory
        default: .other(word)
        }
    }

    /// Whether the slot holds ingredients rather than values.
    public var holdsIngredients: Bool {
      switch self {
      case .ingredient, .ingredients, .ingredientPerSubcategory: true
      case .scalar, .list, .choice, .multipleChoice, .other: false
      }
    }
  }

  /// A value that may be chosen, with what people see.
  public struct Choice: Sendable, Hashable {
    /// What people see: text in most recipes.
    public let displayName: PortableValue
    /// What the slot then holds.
    public let parameter: PortableValue
  }

  /// What holds where the recipe sets nothing.
  public struct Defaults: Sendable, Hashable {
    /// Whether the configuration has a value of its own.
    public let configurationHasDefault: Bool
    /// The value; `???` where one has to be given.
    public let value: PortableValue
    /// The interpolation that counts instead of the value, such as `${task.height}`.
    public let interpolation: String?
    /// What LEIP puts in when it fills empty slots.
    public let suggestion: PortableValue?
  }

  /// The place in the configuration: keys with dots between them.
  public let path: String
  /// What fills the slot.
  public let kind: Kind
  /// The names by which people reach the slot; several slots may share one.
  public let synonyms: [String]
  /// The slot's name in words.
  public let title: String?
  /// An explanation in Markdown.
  public let help: String?
  /// The type of its values: `int`, `float`, `string` or `bool`.
  public let type: String?
  /// The smallest value.
  public let minimum: Double?
  /// The largest value.
  public let maximum: Double?
  /// The values to choose from.
  public let choices: [Choice]
  /// The categories of ingredients that fit, each with all its subcategories.
  public let categories: [String]
  /// What holds where the recipe sets nothing; `nil` for slots that hold ingredients.
  public let defaults: Defaults?
  /// Whether Hydra wants the ingredient in its list of defaults.
  public let needsOverride: Bool

  /// The parameters of the choices, numbers by their size.
  let parameters: Set<PortableValue>

  init(_ name: String, _ raw: PortableValue, _ place: PortablePath, _ reader: inout PortableReader) {
    path = name
    kind = Kind(reader.text(raw, "type", place) ?? "")
    synonyms = reader.texts(raw, "synonyms", place)
    needsOverride = reader.bool(raw, "needs_override", place) ?? false
    let meta = raw["meta"] ?? .null
    title = reader.text(meta, "slot_name", place.appending("meta"))
    help = reader.text(meta, "help_markdown", place.appending("meta"))
    let values = raw["values"] ?? .null
    let valuesPlace = place.appending("values")
    type = values.map == nil ? nil : reader.text(values, "dtype", valuesPlace)
    minimum = reader.number(values, "min", valuesPlace)
    maximum = reader.number(values, "max", valuesPlace)
    categories = kind.holdsIngredients ? reader.texts(raw, "values", place) : []
    choices = kind == .choice || kind == .multipleChoice ? Self.choices(values, valuesPlace, &reader) : []
    parameters = Set(choices.map { Self.comparable($0.parameter) })
    defaults = raw["defaults"].map { Self.defaults($0, place.appending("defaults"), &reader) }
  }

  private static func choices(
    _ raw: PortableValue, _ place: PortablePath, _ reader: inout PortableReader
  ) -> [Choice] {
    (raw.list ?? []).enumerated().compactMap { index, choice in
      guard choice.map != nil else {
        reader.note("a choice", choice, place.appending(index))
        return nil
      }
      let parameter = choice["parameter"] ?? .null
      return Choice(displayName: choice["display_name"] ?? parameter, parameter: parameter)
    }
  }

  private static func defaults(
    _ raw: PortableValue, _ place: PortablePath, _ reader: inout PortableReader
  ) -> Defaults {
    let counts = reader.text(raw, "default", place) == "interpolation"
    let interpolation = reader.text(raw, "interpolation", place)
    return Defaults(
      configurationHasDefault: reader.bool(raw, "config_has_default", place) ?? false,
      value: raw["value"] ?? .null,
      interpolation: counts ? interpolation : nil,
      suggestion: raw["intro"]?["value"])
  }
}
