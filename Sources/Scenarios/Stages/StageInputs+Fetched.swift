// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
package import Galley
internal import Pantry
package import Recipes

extension StageInputs {
  /// A choice whose options name files on this machine: what is on the network was fetched before, and stands in
  /// `folder` under its own name.
  /// - Throws: `GalleyError` if something was not fetched, or its bytes changed since.
  func local(_ slot: FilledSlot, in folder: String) throws -> FilledSlot {
    try slot.linking(in: folder) { reference in
      guard pantry.verify(reference.digest) else {
        throw GalleyError(
          .missingInput, "can't use '\(reference.name)'", at: pantry.root, why: "it is not in the pantry",
          remedy: "Run the recipe again; it is fetched first.")
      }
      return pantry.path(of: reference.digest)
    }
  }
}

extension FilledSlot {
  /// The choice with links to copies in place of what is on the network. A link has the file's own name, by which
  /// readers tell formats.
  /// - Parameters:
  ///   - folder: Where the links are made.
  ///   - copy: Where the copy of a file on the network lies.
  package func linking(in folder: String, _ copy: (WebReference) throws -> String) throws -> FilledSlot {
    var slot = self
    for (option, reference) in webReferences {
      let destination = try copy(reference)
      let place = "\(folder)/\(option)-\(reference.digest.short)"
      let link = "\(place)/\(reference.name)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try? FileManager.default.removeItem(atPath: link)
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: destination)
      slot.options[option] = .string(link)
    }
    return slot
  }
}
