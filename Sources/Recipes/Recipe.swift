// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// A complete recipe: every slot filled by an ingredient whose options are all known and within their bounds.
public struct Recipe: Sendable, Hashable {
  /// The key under which a slot names its ingredient.
  public static let ingredientKey = "use"

  /// Name for people; not part of the digest.
  public var name: String
  /// The task: `classification`.
  public var task: String
  /// Seed of everything that is drawn.
  public var seed: UInt64
  /// The choices by slot path.
  public var slots: [String: FilledSlot]
  /// Folder of the recipe's file, where relative paths start.
  public var folder: String

  /// The choice in a slot.
  /// - Throws: `GalleyError` if the recipe's task has no such slot.
  public func slot(_ path: String) throws(GalleyError) -> FilledSlot {
    guard let slot = slots[path] else {
      throw GalleyError(.configuration, "can't use the recipe '\(name)'", at: path, why: "there is no such slot")
    }
    return slot
  }

  /// What the recipe means, as one canonical text: task, seed, and for each slot the ingredient's taxonomy, version
  /// and options; a file is represented by the digest of its bytes, so that moving it changes nothing.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public func canonicalText() throws -> String {
    var document: [String: ConfigurationValue] = ["task": .string(task), "seed": .string(String(seed))]
    var choices: [String: ConfigurationValue] = [:]
    for (path, slot) in slots { choices[path] = try slot.canonicalValue(relativeTo: folder) }
    document["slots"] = .map(choices)
    return try ConfigurationValue.map(document).canonicalText()
  }

  /// SHA-256 of the canonical text.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public func digest() throws -> Digest { Digest(of: try canonicalText()) }
}

/// An ingredient in a slot with its complete options.
public struct FilledSlot: Sendable, Hashable {
  /// The ingredient's card.
  public var card: Card
  /// All options by name.
  public var options: [String: ConfigurationValue]
  /// The options that the recipe says itself; the others are the card's defaults.
  public var chosen: Set<String>

  /// The choice as one canonical text: taxonomy, version, and options in which every file stands for its digest.
  /// - Parameter folder: where relative paths in the options start.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public func canonicalText(relativeTo folder: String) throws -> String {
    try canonicalValue(relativeTo: folder).canonicalText()
  }

  func canonicalValue(relativeTo folder: String) throws -> ConfigurationValue {
    .map([
      "ingredient": .string(card.taxonomy), "version": .string(card.version.description),
      "options": .map(try optionsByContent(relativeTo: folder)),
    ])
  }

  /// The options with every file replaced by the digest of its bytes.
  private func optionsByContent(relativeTo folder: String) throws -> [String: ConfigurationValue] {
    var options = options
    for declaration in card.options where declaration.kind == .path {
      guard case .string(let path)? = options[declaration.name] else { continue }
      let absolute = path.hasPrefix("/") ? path : "\(folder)/\(path)"
      do throws(FileError) {
        options[declaration.name] = .string("sha256:" + (try Digest(ofFileAt: absolute)).hex)
      } catch {
        throw GalleyError(
          .missingInput, "can't read a file of the recipe", at: "\(card.name).\(declaration.name)",
          why: error.description, remedy: "Relative paths start at the recipe's folder, \(folder).")
      }
    }
    return options
  }
}

extension FilledSlot: OptionSource {
  public func options<Made: Ingredient>(of type: Made.Type) throws -> Made.Options {
    do {
      return try JSONDecoder().decode(Made.Options.self, from: JSONEncoder().encode(ConfigurationValue.map(options)))
    } catch {
      throw GalleyError(
        .software, "can't decode the options of \(type.card.taxonomy)",
        why: "the card and the ingredient's options differ: \(error)")
    }
  }
}

extension ConfigurationValue {
  /// JSON with sorted keys and no spaces: equal values give equal text.
  func canonicalText() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
