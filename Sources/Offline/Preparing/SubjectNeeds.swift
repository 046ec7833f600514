// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import NativeLibraries
internal import Pantry
internal import Recipes

/// What one subject needs, out of the closure of its family.
struct SubjectNeeds {
  let closure: Closure
  /// The subject's recipes, by their positions in the family.
  let members: [Int]
  /// The digests of the closure's artifacts and volumes, by position.
  let fetched: [Int: Digest]
  /// The workers of the closure, by the names of their items.
  let workers: [String: KeptWorker]
  /// The pantry's trees.
  let trees: [PantryTree]

  /// A claim, not proven yet.
  /// - Throws: `GalleyError` if the pantry has no tree of a library that is needed.
  func claim(_ task: ClaimedTask, _ document: SubjectDocument) throws(GalleyError) -> KeptClaim {
    let chosen = Set(members)
    let needed = closure.items.enumerated().filter { _, item in
      item.isNeeded(for: task) && item.members.contains(where: chosen.contains)
    }
    var used = [try tree(named: PantryTree.programs, library: nil)]
    for (_, item) in needed where item.kind == .library {
      used.append(try tree(named: item.name, library: item.library))
    }
    let carried = needed.compactMap { _, item in item.kind == .worker ? workers[item.name] : nil }
    for tree in carried.flatMap(\.trees) where !used.contains(tree) { used.append(tree) }
    return KeptClaim(
      recipe: document.name, recipeDigest: document.recipeDigest, document: document.kept, task: task,
      platform: Platform.current,
      artifacts: needed.compactMap { fetched[$0.offset] } + document.carried.artifacts + carried.map(\.record),
      folders: document.carried.folders + carried.map(\.folder), trees: used)
  }

  /// The tree of a library: the one of its name and version, else the one that the library's record comes first for.
  private func tree(named name: String, library: String?) throws(GalleyError) -> KeptClaim.Tree {
    let found = trees.first { $0.name == name } ?? trees.first { library != nil && $0.library?.name == library }
    guard let found else {
      throw GalleyError(
        .unavailable, Preparation.what, at: name, why: "the pantry doesn't hold it after all was put there",
        remedy: "Look with galley offline setup at what this machine lacks.")
    }
    return KeptClaim.Tree(name: found.name, digest: found.digest)
  }
}
