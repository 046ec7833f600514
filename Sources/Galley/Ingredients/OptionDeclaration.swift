// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One option of an ingredient: its name, what it accepts, and what it is when nobody says anything.
public struct OptionDeclaration: Sendable, Hashable, Codable {
  /// The key in recipes, in lowerCamelCase; a task's slots may have dotted names, `model.architecture`.
  public var name: String
  /// What the option accepts.
  public var kind: OptionKind
  /// The value when a recipe says nothing; text with `${path}` takes the value of another option.
  public var defaultValue: ConfigurationValue?
  /// A value to begin with where there is no default: it is written into a recipe when that is filled.
  public var suggestion: ConfigurationValue?
  /// One sentence for help, with the unit if there is one.
  public var help: String
  /// Other names, valid in the whole recipe: `model.backbone`, `train.num_epochs`. Several options may share one.
  public var synonyms: [String]
  /// The condition under which the option applies, as an expression; `nil` if it always does.
  public var condition: String?

  /// Declares an option. One without a default must be said by the recipe.
  public init(
    _ name: String, _ kind: OptionKind, default defaultValue: ConfigurationValue?,
    suggestion: ConfigurationValue? = nil, help: String, synonyms: [String] = [], when condition: String? = nil
  ) {
    self.name = name
    self.kind = kind
    self.defaultValue = defaultValue
    self.suggestion = suggestion
    self.help = help
    self.synonyms = synonyms
    self.condition = condition
  }
}

extension OptionDeclaration {
  private enum CodingKeys: String, CodingKey {
    case name, kind, suggestion, help, synonyms
    case defaultValue = "default"
    case condition = "when"
  }

  /// Reads a declaration; whatever it may leave out is empty.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try container.decode(String.self, forKey: .name), try container.decode(OptionKind.self, forKey: .kind),
      default: try container.decodeIfPresent(ConfigurationValue.self, forKey: .defaultValue),
      suggestion: try container.decodeIfPresent(ConfigurationValue.self, forKey: .suggestion),
      help: try container.decode(String.self, forKey: .help),
      synonyms: try container.decodeIfPresent([String].self, forKey: .synonyms) ?? [],
      when: try container.decodeIfPresent(String.self, forKey: .condition))
  }
}
