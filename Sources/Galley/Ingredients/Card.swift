// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What an ingredient says of itself before anything is built: its place in the catalogue and its options.
public struct Card: Sendable, Hashable, Codable {
  /// Dotted place in the catalogue, most general word first: `model.classification.small-convnet`.
  public var taxonomy: String
  /// Version of the ingredient's behaviour; a change of it changes every recipe's digest that uses the ingredient.
  public var version: SemanticVersion
  /// One sentence for lists and help.
  public var summary: String
  /// The options, in the order in which help shows them.
  public var options: [OptionDeclaration]

  /// Creates a card.
  public init(taxonomy: String, version: SemanticVersion, summary: String, options: [OptionDeclaration] = []) {
    self.taxonomy = taxonomy
    self.version = version
    self.summary = summary
    self.options = options
  }

  /// The last word of the taxonomy, by which recipes name the ingredient within a slot.
  public var name: String { taxonomy.split(separator: ".").last.map(String.init) ?? taxonomy }

  /// Whether the ingredient may fill a slot that accepts `prefix`.
  public func fits(_ prefix: String) -> Bool { taxonomy == prefix || taxonomy.hasPrefix(prefix + ".") }
}

/// Major, minor and patch number, ordered as semver.org says.
public struct SemanticVersion: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
  /// Changes when older recipes no longer mean the same.
  public var major: Int
  /// Changes when something was added.
  public var minor: Int
  /// Changes when something was mended.
  public var patch: Int

  /// Creates a version.
  public init(_ major: Int, _ minor: Int, _ patch: Int) {
    self.major = major
    self.minor = minor
    self.patch = patch
  }

  public var description: String { "\(major).\(minor).\(patch)" }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    let numbers = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 3, let major = numbers[0], let minor = numbers[1], let patch = numbers[2] else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a version like 1.2.3")
    }
    self.init(major, minor, patch)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
