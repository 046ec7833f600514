// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
package import Galley
internal import Pantry
package import Recipes

extension StageInputs {
  /// A choice whose options name files on this machine: what is on the network was fetched before, and stands in
  /// `folder` under its own name, and so does what the recipe names by its digest.
  /// - Throws: `GalleyError` if something was not fetched, or its bytes changed since.
  func local(_ slot: FilledSlot, in folder: String) throws -> FilledSlot {
    try slot.linking(namesOf: pantry, in: folder).linking(in: folder) { reference in
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
  /// The choice with links in place of the pantry's artifacts, which have no names there that readers could tell formats
  /// by.
  fileprivate func linking(namesOf pantry: Pantry, in folder: String) throws -> FilledSlot {
    var slot = self
    for (option, path) in paths(relativeTo: "") {
      guard let digest = path.split(separator: "/").last.flatMap({ Digest(hex: String($0)) }),
        path == pantry.path(of: digest), let name = try pantry.artifact(digest)?.name,
        // What a note says may be anything; what is linked is one name in one folder.
        let last = name.split(separator: "/").last, last != "..", last.contains(".")
      else { continue }
      slot.options[option] = .string(try Self.link(String(last), to: path, of: digest, named: option, in: folder))
    }
    return slot
  }

  private static func link(
    _ name: String, to path: String, of digest: Digest, named option: String, in folder: String
  ) throws -> String {
    let place = "\(folder)/\(option)-\(digest.short)"
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
    try? FileManager.default.removeItem(atPath: "\(place)/\(name)")
    try FileManager.default.createSymbolicLink(atPath: "\(place)/\(name)", withDestinationPath: path)
    return "\(place)/\(name)"
  }

  /// The choice with links to copies in place of what is on the network. A link has the file's own name, by which
  /// readers tell formats.
  /// - Parameters:
  ///   - folder: Where the links are made.
  ///   - copy: Where the copy of a file on the network lies.
  package func linking(in folder: String, _ copy: (WebReference) throws -> String) throws -> FilledSlot {
    var slot = self
    for (option, reference) in webReferences {
      slot.options[option] = .string(
        try Self.link(reference.name, to: copy(reference), of: reference.digest, named: option, in: folder))
    }
    return slot
  }
}
