// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley
public import Pantry
public import Recipes

internal import Files

/// Locks recipes with this machine's tools and the pantry's artifacts, and holds recipes against their locks.
public struct RecipeLocking: Sendable {
  private let pantry: Pantry

  /// Locks with what `pantry` holds.
  public init(_ pantry: Pantry) { self.pantry = pantry }

  /// The lock of a file's recipes.
  /// - Throws: `GalleyError` if a file that the recipe names, or a library that it uses, is missing.
  public func lock(_ file: RecipeFile) throws -> RecipeLock {
    let held = try pantry.artifacts(sortedBy: .digest).map(\.digest)
    return try RecipeLock(file, tools: ToolIdentity.all(of: file.variants.map(\.recipe))) { artifact in
      held.first(where: artifact.accepts)
    }
  }

  /// Holds a file's recipes against the lock at a path.
  /// - Throws: `GalleyError` with everything that differs; its exit code says that the verdict is no.
  public func verify(_ file: RecipeFile, lock path: String) throws {
    let earlier = try RecipeLock(Self.read(path), path: path)
    let differences = earlier.differences(from: try lock(file))
    guard differences.isEmpty else {
      throw GalleyError(
        .verdictNo, "the recipe no longer gives what its lock says", at: path,
        why: differences.joined(separator: "; "),
        remedy: "Undo these changes, or accept them: galley recipe lock \(file.path).")
    }
  }

  /// The bytes of a file that a person named.
  /// - Throws: `GalleyError` if it is missing.
  public static func read(_ path: String) throws(GalleyError) -> Data {
    do {
      return try Data(contentsOf: URL(filePath: path))
    } catch {
      throw GalleyError(
        .missingInput, "can't read the file", at: path, why: FileError(.read, path).reason, remedy: "Check its name.")
    }
  }
}

extension ToolIdentity {
  /// The digests of the native libraries that recipes use on the way to a goal, by name.
  /// - Throws: `GalleyError` if one is missing, or a card names one that nobody knows.
  static func all(of recipes: [Recipe], until goal: StageGoal = .report) throws(GalleyError) -> [String: String] {
    var digests: [String: String] = [:]
    for name in Set(recipes.flatMap { goal == .report ? $0.tools : goal.tools(of: $0) }).sorted() {
      digests[name] = try library(name)
    }
    return digests
  }
}
