// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// What an ingredient says of itself before anything is built: its place in the catalogue, its options, and what it
/// needs.
public struct Card: Sendable, Hashable, Codable {
  /// Dotted place in the catalogue, most general word first: `model.classification.small-convnet`.
  public var taxonomy: String
  /// Version of the ingredient's behaviour; a change of it changes every recipe's digest that uses the ingredient.
  public var version: SemanticVersion
  /// One sentence for lists and help.
  public var summary: String
  /// Among ingredients that fit an empty slot without a default, the one with the largest priority is taken first.
  public var priority: Int
  /// The options, in the order in which help shows them; those of an ingredient's kind are slots.
  public var options: [OptionDeclaration]
  /// What must hold between the options of this ingredient and others of the recipe.
  public var constraints: [Constraint]
  /// What the ingredient needs whatever its options are.
  public var artifacts: [ArtifactRequirement]
  /// Native libraries whose bytes decide what the ingredient does: `onnxruntime`. They are part of a recipe's identity.
  public var tools: [String]
  /// Native libraries that the ingredient opens and that are no part of a recipe's identity: `vips`.
  public var libraries: [String]
  /// The most memory that the ingredient promises to need, in bytes.
  public var peakMemoryBytes: Int?
  /// Taxonomies under which earlier versions were known.
  public var formerNames: [String]
  /// What changed since earlier versions, oldest first.
  public var upgrades: [UpgradeRule]
  /// Why the ingredient should no longer be chosen.
  public var deprecation: Deprecation?
  /// SHA-256 of the user's program that builds the ingredient; part of a recipe's identity. `nil` for Galley's own.
  public var program: Digest?

  /// Creates a card.
  public init(
    taxonomy: String, version: SemanticVersion, summary: String, priority: Int = 0, options: [OptionDeclaration] = [],
    constraints: [Constraint] = [], artifacts: [ArtifactRequirement] = [], tools: [String] = [],
    libraries: [String] = [], peakMemoryBytes: Int? = nil, formerNames: [String] = [], upgrades: [UpgradeRule] = [],
    deprecation: Deprecation? = nil, program: Digest? = nil
  ) {
    self.taxonomy = taxonomy
    self.version = version
    self.summary = summary
    self.priority = priority
    self.options = options
    self.constraints = constraints
    self.artifacts = artifacts
    self.tools = tools
    self.libraries = libraries
    self.peakMemoryBytes = peakMemoryBytes
    self.formerNames = formerNames
    self.upgrades = upgrades
    self.deprecation = deprecation
    self.program = program
  }

  /// The last word of the taxonomy, by which recipes name the ingredient within a slot.
  public var name: String { taxonomy.split(separator: ".").last.map(String.init) ?? taxonomy }

  /// Whether the ingredient may fill a slot that accepts `prefix`.
  public func fits(_ prefix: String) -> Bool { taxonomy == prefix || taxonomy.hasPrefix(prefix + ".") }

  /// The option called `name`.
  public func option(_ name: String) -> OptionDeclaration? { options.first { $0.name == name } }
}

extension Card {
  private enum CodingKeys: String, CodingKey {
    case taxonomy, version, summary, priority, options, constraints, artifacts, tools, libraries, peakMemoryBytes
    case formerNames, upgrades, deprecation, program
  }

  /// Reads a card; whatever a card may leave out is empty.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      taxonomy: try container.decode(String.self, forKey: .taxonomy),
      version: try container.decode(SemanticVersion.self, forKey: .version),
      summary: try container.decode(String.self, forKey: .summary),
      priority: try container.decodeIfPresent(Int.self, forKey: .priority) ?? 0,
      options: try container.decodeIfPresent([OptionDeclaration].self, forKey: .options) ?? [],
      constraints: try container.decodeIfPresent([Constraint].self, forKey: .constraints) ?? [],
      artifacts: try container.decodeIfPresent([ArtifactRequirement].self, forKey: .artifacts) ?? [],
      tools: try container.decodeIfPresent([String].self, forKey: .tools) ?? [],
      libraries: try container.decodeIfPresent([String].self, forKey: .libraries) ?? [],
      peakMemoryBytes: try container.decodeIfPresent(Int.self, forKey: .peakMemoryBytes),
      formerNames: try container.decodeIfPresent([String].self, forKey: .formerNames) ?? [],
      upgrades: try container.decodeIfPresent([UpgradeRule].self, forKey: .upgrades) ?? [],
      deprecation: try container.decodeIfPresent(Deprecation.self, forKey: .deprecation),
      program: try container.decodeIfPresent(Digest.self, forKey: .program))
  }
}
