// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
public import Galley

/// A recipe's file with everything that decides what it gives: the file beside it that is called `….lock`.
public struct RecipeLock: Sendable, Hashable, Codable {
  /// Name and version of the format.
  public static let format = "galley.recipe-lock/1"

  /// Name and version of the format.
  public var format: String
  /// The recipe's name.
  public var recipe: String
  /// Galley's version when the lock was written.
  public var galley: String
  /// The recipes, in the file's order.
  public var variants: [LockedRecipe]

  /// Locks a file's recipes.
  /// - Parameters:
  ///   - tools: Digest or version of native libraries by name.
  ///   - whole: The whole digest of an artifact whose card knows only the beginning; `nil` if nobody fetched it.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public init(
    _ file: RecipeFile, tools: [String: String], whole: (ArtifactRequirement) -> Digest? = { _ in nil }
  ) throws {
    format = Self.format
    recipe = file.name
    galley = galleyVersion.description
    variants = try file.variants.map { try LockedRecipe($0.recipe, name: $0.name, tools: tools, whole: whole) }
  }

  /// Where the lock of a recipe's file lies: `digits.yaml` has `digits.lock`.
  public static func path(of recipe: String) -> String {
    let url = URL(filePath: recipe)
    let name = url.pathExtension.isEmpty ? recipe : String(recipe.dropLast(url.pathExtension.count + 1))
    return name + ".lock"
  }

  /// Reads a lock.
  /// - Throws: `GalleyError` if the bytes are no lock, or one of a newer format.
  public init(_ data: Data, path: String) throws(GalleyError) {
    struct Head: Decodable { var format: String }
    let decoder = JSONDecoder()
    guard let head = try? decoder.decode(Head.self, from: data), head.format.hasPrefix("galley.recipe-lock/") else {
      throw Self.unreadable(path, "it is no lock of a recipe")
    }
    guard head.format == Self.format else {
      throw GalleyError(
        .badData, "can't read the lock", at: path,
        why: "its format is \(head.format), this Galley reads \(Self.format)",
        remedy: "Update Galley, or write the lock anew: galley recipe lock RECIPE.")
    }
    do {
      self = try decoder.decode(RecipeLock.self, from: data)
    } catch let error as DecodingError {
      throw Self.unreadable(path, Self.explain(error))
    } catch {
      throw Self.unreadable(path, "\(error)")
    }
    guard !variants.isEmpty else { throw Self.unreadable(path, "it locks nothing") }
  }

  /// The lock's text: JSON with sorted keys, equal for equal locks.
  public func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// What another lock of the same file has different, as sentences; empty if it gives the same.
  public func differences(from other: RecipeLock) -> [String] {
    var found: [String] = []
    for variant in variants {
      guard let match = other.variants.first(where: { $0.name == variant.name }) else {
        found.append("variant '\(variant.name)' is gone")
        continue
      }
      let prefix = variants.count > 1 ? "\(variant.name): " : ""
      found += variant.differences(from: match).map { prefix + $0 }
    }
    for variant in other.variants where !variants.contains(where: { $0.name == variant.name }) {
      found.append("variant '\(variant.name)' is new")
    }
    return found
  }

  /// The recipe that the lock was made of, as a document: every value said, every version stated.
  public func document() -> ConfigurationValue {
    guard let first = variants.first else { return .map([:]) }
    var document: [String: ConfigurationValue] = [
      "recipe": .string(recipe), "task": .map(first.options.merging(["use": .string(first.task)]) { $1 }),
      "seed": .int(Int(clamping: first.seed)),
    ]
    for (path, value) in first.document { document.put(value, at: path.split(separator: ".").map(String.init)[...]) }
    if variants.count > 1 || first.name != recipe {
      document["variants"] = .list(
        variants.map { variant in
          let set = variant.document.filter { $0.value != first.document[$0.key] }
          return .map(["name": .string(variant.name), "set": .map(set)])
        })
    }
    return .map(document)
  }

  private static func unreadable(_ path: String, _ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't read the lock", at: path, why: why, remedy: "Write it anew: galley recipe lock RECIPE.")
  }

  private static func explain(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "'\(path(context, key))' is missing"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      "'\(path(context))': \(context.debugDescription)"
    @unknown default: "\(error)"
    }
  }

  private static func path(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
    (context.codingPath + (key.map { [$0] } ?? [])).map { $0.intValue.map(String.init) ?? $0.stringValue }
      .joined(separator: ".")
  }
}

extension [String: ConfigurationValue] {
  /// Puts a value at a path of keys, making groups on the way.
  mutating func put(_ value: ConfigurationValue, at path: ArraySlice<String>) {
    guard let key = path.first else { return }
    guard path.count > 1 else {
      self[key] = value
      return
    }
    var inner: [String: ConfigurationValue] = [:]
    if case .map(let earlier)? = self[key] { inner = earlier }
    inner.put(value, at: path.dropFirst())
    self[key] = .map(inner)
  }
}
