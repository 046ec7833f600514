// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bundles
internal import Files
internal import Galley
internal import Pantry

/// Where the objects lie that a bundle doesn't carry because bundles that it builds upon did.
struct PresupposedObjects {
  private let pantry: Pantry
  private var places: [Digest: [String]] = [:]

  /// - Parameter bases: the bundles that it builds upon.
  init(_ pantry: Pantry, bases: [Manifest]) {
    self.pantry = pantry
    for tree in pantry.trees() {
      for entry in tree.entries {
        if let digest = entry.digest { places[digest, default: []].append("\(pantry.path(of: tree))/\(entry.path)") }
      }
    }
    for folder in bases.flatMap(\.trees) {
      guard let digest = folder.digest, folder.kind == .folder, pantry.containsFolder(digest) else { continue }
      for entry in folder.entries {
        guard let object = entry.object else { continue }
        places[object, default: []].append("\(pantry.folderPath(of: digest))/\(entry.path)")
      }
    }
  }

  /// Copies an object to a place.
  /// - Throws: `GalleyError` if the pantry doesn't have it, or it can't be written.
  func copy(_ digest: Digest, to target: String, mode: UInt32) throws(GalleyError) {
    let candidates = (pantry.contains(digest) ? [pantry.path(of: digest)] : []) + (places[digest] ?? [])
    for candidate in candidates {
      do throws(FileError) {
        if try CheckedCopy.make(of: candidate, at: target, mode: mode).digest == digest { return }
      } catch {
        guard error.operation == .read else { throw GalleyError(writing: error, BundleImport.what) }
      }
    }
    throw GalleyError(
      .unavailable, BundleImport.what, at: pantry.root,
      why: "the object \(digest) is presupposed and no longer in the pantry",
      remedy: "Import the bundle that it builds upon once more, or get one that stands alone.")
  }
}
