// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import Offline
internal import Pantry

/// Where a recipe that is to be run comes from: a file, or a claim that was prepared or imported.
struct RecipeSource {
  /// The recipe's file.
  let path: String
  /// Where relative paths in it start; `nil` for the file's own folder.
  let folder: String?

  /// Finds a recipe.
  /// - Parameters:
  ///   - text: A path, or a claim's id or the beginning or end of it. A file of that name wins.
  ///   - base: Where the user wants relative paths to start.
  /// - Throws: `GalleyError` if a claim's recipe is not in the pantry, or several claims are meant.
  init(_ text: String, base: String?, in pantry: Pantry) throws {
    let looksLikeFile = text.contains("/") || [".yaml", ".yml", ".json"].contains(where: text.hasSuffix)
    // The pantry is read only if its claims can be meant.
    guard !looksLikeFile, !FileManager.default.fileExists(atPath: text),
      pantry.claims().contains(where: { $0.hasPrefix(text) || $0.hasSuffix(text) })
    else {
      (path, folder) = (text, base)
      return
    }
    let claim = try ClaimStore(pantry).find(text)
    guard pantry.contains(claim.document) else {
      throw GalleyError(
        .missingInput, "can't run the claim '\(claim.id)'", at: pantry.path(of: claim.document),
        why: "its recipe is no longer in the pantry", remedy: "Prepare it again, or import its bundle again.")
    }
    path = pantry.path(of: claim.document)
    // What is at the site lies where the user is.
    folder = base ?? FileManager.default.currentDirectoryPath
  }
}
