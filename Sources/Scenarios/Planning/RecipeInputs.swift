// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
package import Galley
package import Pantry
package import Recipes

/// The files that a recipe names, by path or by content.
package struct RecipeInputs {
  /// Larger files are not kept beside their original: a recipe made of a measured row then asks for them.
  static let largestKept = 64 << 20

  let pantry: Pantry

  /// Files of recipes that the pantry keeps.
  package init(pantry: Pantry) { self.pantry = pantry }

  /// The file with every option that names a file or a folder by its content, `sha256:…`, naming the pantry's copy.
  /// - Throws: `GalleyError` if the pantry doesn't have it.
  package func resolve(_ file: RecipeFile) throws(GalleyError) -> RecipeFile {
    var file = file
    for index in file.variants.indices {
      for (path, slot) in file.variants[index].recipe.slots {
        file.variants[index].recipe.slots[path] = try resolve(slot, at: path)
      }
    }
    return file
  }

  private func resolve(_ slot: FilledSlot, at place: String) throws(GalleyError) -> FilledSlot {
    var slot = slot
    for declaration in slot.card.options where declaration.kind.isPath {
      guard case .string(let text)? = slot.options[declaration.name],
        let digest = ContentReference.digest(in: text)
      else { continue }
      guard let path = pantry.path(ofContent: digest) else {
        throw GalleyError(
          .missingInput, "can't use a file of the recipe", at: "\(place).\(declaration.name)",
          why: "\(text) is not in the pantry",
          remedy: "Add it with galley pantry add PATH, or give its path: galley recipe set FILE "
            + "\(place).\(declaration.name)=PATH.")
      }
      slot.options[declaration.name] = .string(path)
    }
    for (name, inner) in slot.slots { slot.slots[name] = try resolve(inner, at: "\(place).\(name)") }
    return slot
  }

  /// Keeps what the recipes read, so that a recipe made of their golden rows finds it.
  /// - Throws: `GalleyError` if a file can't be read or kept.
  func keep(_ file: RecipeFile) throws {
    var kept: Set<String> = []
    for variant in file.variants {
      for (_, slot) in variant.recipe.allSlots {
        for path in slot.paths(relativeTo: variant.recipe.folder).values where kept.insert(path).inserted {
          var isFolder = false
          guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder,
            !path.hasPrefix(pantry.root + "/"), let size = Self.size(of: path), size <= Self.largestKept
          else { continue }
          let name = path.split(separator: "/").last.map(String.init)
          try pantry.store(fileAt: path, note: ArtifactNote(name: name, role: .data))
        }
      }
    }
  }

  private static func size(of path: String) -> Int? {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
  }
}
