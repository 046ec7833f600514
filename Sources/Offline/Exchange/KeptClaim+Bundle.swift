// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import Pantry
internal import Recipes

extension KeptClaim {
  /// The claim as a bundle has it: its folders are trees there.
  func bundled(in pantry: Pantry) -> Claim {
    let (state, words) = standing(in: pantry)
    let isSure = state == .proven || state == .closed
    return Claim(
      id: id, recipe: .init(name: recipe, digest: recipeDigest, document: document), task: task.rawValue,
      platform: platform, state: state, missing: isSure ? [] : words,
      standIn: siteData,
      needs: artifacts.filter(pantry.contains),
      trees: folders.filter(pantry.containsFolder).map(\.hex) + trees.map(\.name).filter { pantry.tree($0) != nil },
      proof: proof.flatMap { pantry.contains($0) ? $0 : nil })
  }

  /// A bundle's claim as the pantry keeps it; `nil` if its task is one that only a later Galley knows.
  init?(_ claim: Claim, of manifest: Manifest) {
    guard let task = ClaimedTask(rawValue: claim.task) else { return nil }
    let trees = Dictionary(manifest.trees.map { ($0.name, $0) }) { first, _ in first }
    let needed = claim.trees.compactMap { trees[$0] }
    self.init(
      recipe: claim.recipe.name, recipeDigest: claim.recipe.digest, document: claim.recipe.document, task: task,
      platform: claim.platform,
      siteData: claim.standIn,
      artifacts: claim.needs, folders: needed.compactMap(\.digest),
      trees: needed.compactMap(\.pantryTree).map { .init(name: $0.name, digest: $0.digest) }, proof: claim.proof,
      prepared: manifest.created, galley: manifest.galley)
  }
}
