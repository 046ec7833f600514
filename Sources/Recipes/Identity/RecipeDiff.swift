// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What two recipes choose differently, whatever their texts look like.
///
/// Files count by their content: one that was moved or renamed is no difference.
public struct RecipeDiff: Sendable, Hashable, Encodable {
  /// One difference.
  public struct Difference: Sendable, Hashable, Encodable {
    /// What differs.
    public enum Kind: String, Sendable, Hashable, Encodable {
      case task, seed, ingredient, version, option, content, artifact
    }

    /// The place: `trainer.epochs`.
    public var path: String
    /// What differs there.
    public var kind: Kind
    /// The first recipe's side; `nil` if it has nothing there.
    public var left: String?
    /// The second recipe's side; `nil` if it has nothing there.
    public var right: String?
  }

  /// The differences in the order of the paths; empty if the recipes mean the same.
  public var differences: [Difference] = []

  /// Compares two recipes.
  /// - Throws: `GalleyError` if a file that an option names can't be read.
  public init(_ left: Recipe, _ right: Recipe) throws {
    note("task", .task, left.task, right.task)
    note("seed", .seed, String(left.seed), String(right.seed))
    compare("task", left.options, right.options)
    let (first, second) = (Self.byPath(left), Self.byPath(right))
    for path in Set(first.keys).union(second.keys).sorted() {
      guard let before = first[path], let after = second[path] else {
        note(path, .ingredient, first[path]?.card.name, second[path]?.card.name)
        continue
      }
      try compare(path, before, after, left.folder, right.folder)
    }
  }

  private static func byPath(_ recipe: Recipe) -> [String: FilledSlot] {
    Dictionary(recipe.allSlots.map { ($0.path, $0.slot) }, uniquingKeysWith: { first, _ in first })
  }

  private mutating func compare(
    _ path: String, _ left: FilledSlot, _ right: FilledSlot, _ leftFolder: String, _ rightFolder: String
  ) throws {
    note(path, .ingredient, left.card.taxonomy, right.card.taxonomy)
    if left.card.taxonomy == right.card.taxonomy {
      note(path, .version, left.card.version.description, right.card.version.description)
    }
    let (first, second) = (
      try left.optionsByContent(relativeTo: leftFolder), try right.optionsByContent(relativeTo: rightFolder)
    )
    let (leftPaths, rightPaths) = (left.paths(relativeTo: leftFolder), right.paths(relativeTo: rightFolder))
    for name in Set(leftPaths.keys).intersection(rightPaths.keys).sorted() where first[name] != second[name] {
      note(
        "\(path).\(name)", .content, describe(leftPaths[name], first[name]), describe(rightPaths[name], second[name]))
    }
    let isFile = { (name: String) in leftPaths[name] != nil && rightPaths[name] != nil }
    compare(path, first.filter { !isFile($0.key) }, second.filter { !isFile($0.key) })
    let (needs, needed) = (left.artifacts.map(\.identity), right.artifacts.map(\.identity))
    for artifact in needs where !needed.contains(artifact) { note(path, .artifact, artifact, nil) }
    for artifact in needed where !needs.contains(artifact) { note(path, .artifact, nil, artifact) }
  }

  private func describe(_ path: String?, _ content: ConfigurationValue?) -> String {
    "\(path ?? "") (\((content?.description ?? "").prefix(19))…)"
  }

  private mutating func compare(
    _ path: String, _ left: [String: ConfigurationValue], _ right: [String: ConfigurationValue]
  ) {
    for name in Set(left.keys).union(right.keys).sorted() where left[name] != right[name] {
      note("\(path).\(name)", .option, left[name]?.description, right[name]?.description)
    }
  }

  private mutating func note(_ path: String, _ kind: Difference.Kind, _ left: String?, _ right: String?) {
    guard left != right else { return }
    differences.append(Difference(path: path, kind: kind, left: left, right: right))
  }
}
