// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
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
  /// The task's own options by name.
  public var options: [String: ConfigurationValue]
  /// The choices by slot path; those in the slots of ingredients are inside these.
  public var slots: [String: FilledSlot]
  /// Folder of the recipe's file, where relative paths start.
  public var folder: String

  /// Creates a recipe of choices that are complete.
  public init(
    name: String, task: String, seed: UInt64, options: [String: ConfigurationValue] = [:],
    slots: [String: FilledSlot], folder: String
  ) {
    self.name = name
    self.task = task
    self.seed = seed
    self.options = options
    self.slots = slots
    self.folder = folder
  }

  /// The choice in a slot of the task.
  /// - Throws: `GalleyError` if the recipe has no such slot, or nothing is in it.
  public func slot(_ path: String) throws(GalleyError) -> FilledSlot {
    guard let slot = slots[path] else {
      throw GalleyError(.configuration, "can't use the recipe '\(name)'", at: path, why: "there is no such slot")
    }
    return slot
  }

  /// All choices with their paths, those inside ingredients too, in the order of the paths.
  public var allSlots: [(path: String, slot: FilledSlot)] {
    slots.sorted { $0.key < $1.key }.flatMap { $0.value.flattened(at: $0.key) }
  }

  /// What the choices need beyond this program, each once.
  public var artifacts: [ArtifactRequirement] {
    var all: [ArtifactRequirement] = []
    for artifact in allSlots.flatMap(\.slot.artifacts) where !all.contains(artifact) { all.append(artifact) }
    return all
  }

  /// Names of the native libraries that decide what the recipe gives, in alphabetical order.
  public var tools: [String] { Set(allSlots.flatMap(\.slot.card.tools)).sorted() }

  /// What the recipe means, as one canonical text: task, seed, and for each slot the ingredient's taxonomy, version
  /// and options; a file is represented by the digest of its bytes, so that moving it changes nothing.
  /// - Parameter tools: digest or version of native libraries by name; those that the recipe uses become part of it.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public func canonicalText(tools: [String: String] = [:]) throws -> String {
    var document: [String: ConfigurationValue] = ["task": .string(task), "seed": .string(String(seed))]
    document["slots"] = .map(try slots.mapValues { try $0.canonicalValue(relativeTo: folder) })
    if !options.isEmpty { document["options"] = .map(options) }
    let used = Set(self.tools)
    let usedTools = tools.filter { used.contains($0.key) }
    if !usedTools.isEmpty { document["tools"] = .map(usedTools.mapValues(ConfigurationValue.string)) }
    return try ConfigurationValue.map(document).canonicalText()
  }

  /// SHA-256 of the canonical text.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public func digest(tools: [String: String] = [:]) throws -> Digest { Digest(of: try canonicalText(tools: tools)) }
}
