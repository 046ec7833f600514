// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

internal import FoundationEssentials

/// One recipe with everything that decides what it gives, written out.
public struct LockedRecipe: Sendable, Hashable, Codable {
  /// The variant's name.
  public var name: String
  /// SHA-256 of the recipe's canonical text, tools included.
  public var digest: Digest
  /// The task: `classification`.
  public var task: String
  /// Seed of everything that is drawn.
  public var seed: UInt64
  /// The task's own options.
  public var options: [String: ConfigurationValue]
  /// The choices by slot.
  public var slots: [String: LockedSlot]
  /// Digests or versions of the native libraries that the recipe uses.
  public var tools: [String: String]

  /// Writes a recipe out.
  /// - Parameters:
  ///   - tools: Digest or version of native libraries by name; those that the recipe doesn't use are left out.
  ///   - whole: The whole digest of an artifact whose card knows only the beginning; `nil` if nobody fetched it.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public init(
    _ recipe: Recipe, name: String, tools: [String: String],
    whole: (ArtifactRequirement) -> Digest? = { _ in nil }
  ) throws {
    let used = Set(recipe.tools)
    self.name = name
    digest = try recipe.digest(tools: tools)
    task = recipe.task
    seed = recipe.seed
    options = recipe.options
    slots = try recipe.slots.mapValues { try LockedSlot($0, folder: recipe.folder, whole: whole) }
    self.tools = tools.filter { used.contains($0.key) }
  }

  /// What differs in another lock of the same recipe, as sentences.
  public func differences(from other: LockedRecipe) -> [String] {
    var found: [String] = []
    if task != other.task { found.append("task: \(task) → \(other.task)") }
    if seed != other.seed { found.append("seed: \(seed) → \(other.seed)") }
    found += LockedSlot.differences("task", options, other.options)
    found += LockedSlot.differences(slots, other.slots, under: "")
    for name in Set(tools.keys).union(other.tools.keys).sorted() where tools[name] != other.tools[name] {
      found.append("tool \(name): \(tools[name] ?? "not used") → \(other.tools[name] ?? "not used")")
    }
    return found
  }

  /// The slots as a recipe's document says them.
  var document: [String: ConfigurationValue] { slots.mapValues(\.document) }
}

/// A choice, written out.
public struct LockedSlot: Sendable, Hashable, Codable {
  /// The ingredient's place in the catalogue.
  public var ingredient: String
  /// The ingredient's version.
  public var version: SemanticVersion
  /// All options, files by their path.
  public var options: [String: ConfigurationValue]
  /// The content of files and folders that options name, by option.
  public var files: [String: Digest]
  /// What the choice needs; digests that a card knows only the beginning of are whole once the bytes were fetched.
  public var artifacts: [ArtifactRequirement]
  /// The choices in the ingredient's own slots.
  public var slots: [String: LockedSlot]

  init(_ slot: FilledSlot, folder: String, whole: (ArtifactRequirement) -> Digest?) throws {
    ingredient = slot.card.taxonomy
    version = slot.card.version
    options = slot.options
    files = [:]
    for (name, path) in slot.paths(relativeTo: folder) { files[name] = try slot.contentDigest(of: name, at: path) }
    for (name, reference) in slot.webReferences { files[name] = reference.digest }
    artifacts = slot.artifacts.map { artifact in
      var artifact = artifact
      if artifact.digest == nil { artifact.digest = whole(artifact) }
      return artifact
    }
    slots = try slot.slots.mapValues { try LockedSlot($0, folder: folder, whole: whole) }
  }

  var document: ConfigurationValue {
    .choice(ingredient, version, options, slots.mapValues(\.document))
  }

  static func differences(
    _ before: [String: LockedSlot], _ after: [String: LockedSlot], under prefix: String
  ) -> [String] {
    Set(before.keys).union(after.keys).sorted().flatMap { key -> [String] in
      let path = prefix.isEmpty ? key : "\(prefix).\(key)"
      guard let old = before[key], let new = after[key] else {
        return ["\(path): \(before[key]?.ingredient ?? "empty") → \(after[key]?.ingredient ?? "empty")"]
      }
      return old.differences(from: new, at: path)
    }
  }

  private func differences(from other: LockedSlot, at path: String) -> [String] {
    guard ingredient == other.ingredient else { return ["\(path): \(ingredient) → \(other.ingredient)"] }
    var found: [String] = []
    if version != other.version { found.append("\(path): \(ingredient) \(version) → \(other.version)") }
    // A file that was moved is the same file.
    found += Self.differences(
      path, options.filter { files[$0.key] == nil }, other.options.filter { other.files[$0.key] == nil })
    for name in Set(files.keys).union(other.files.keys).sorted() where files[name] != other.files[name] {
      found.append(
        "\(path).\(name): content \(files[name]?.short ?? "none") → \(other.files[name]?.short ?? "none")")
    }
    let (old, new) = (artifacts.map(\.identity), other.artifacts.map(\.identity))
    if old != new {
      found.append("\(path): needs \(old.joined(separator: ", ")) → \(new.joined(separator: ", "))")
    }
    return found + Self.differences(slots, other.slots, under: path)
  }

  static func differences(
    _ path: String, _ before: [String: ConfigurationValue], _ after: [String: ConfigurationValue]
  ) -> [String] {
    Set(before.keys).union(after.keys).sorted().filter { !(before[$0] ?? .null).means(after[$0] ?? .null) }.map {
      "\(path).\($0): \(before[$0]?.description ?? "not said") → \(after[$0]?.description ?? "not said")"
    }
  }
}
