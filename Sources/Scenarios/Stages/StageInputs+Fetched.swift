// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes

extension StageInputs {
  /// A choice whose options name files on this machine: what is on the network was fetched before, and stands in
  /// `folder` under its own name.
  /// - Throws: `GalleyError` if something was not fetched, or its bytes changed since.
  func local(_ slot: FilledSlot, in folder: String) throws -> FilledSlot {
    var slot = slot
    for (option, reference) in slot.webReferences {
      guard pantry.verify(reference.digest) else {
        throw GalleyError(
          .missingInput, "can't use '\(reference.name)'", at: pantry.root, why: "it is not in the pantry",
          remedy: "Run the recipe again; it is fetched first.")
      }
      let place = "\(folder)/\(option)-\(reference.digest.short)"
      let link = "\(place)/\(reference.name)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: pantry.path(of: reference.digest))
      slot.options[option] = .string(link)
    }
    return slot
  }
}
