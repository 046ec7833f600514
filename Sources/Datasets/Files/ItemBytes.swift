// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley

/// Gives the bytes of items, wherever they are; an archive is opened once.
public struct ItemBytes {
  private var archives: [String: FileTree] = [:]

  /// Creates a reader.
  public init() {}

  /// The encoded image of an item.
  /// - Returns: `nil` for pixels in memory, which have no encoded form.
  /// - Throws: `GalleyError` if the file is missing or damaged.
  public mutating func read(_ source: ItemSource) throws(GalleyError) -> Data? {
    switch source {
    case .file(let path):
      do {
        return try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
      } catch {
        throw GalleyError(.missingInput, "can't read an item", at: path, why: "the file is missing or may not be read")
      }
    case .member(let archive, let path):
      let tree: FileTree
      if let known = archives[archive] { tree = known } else { tree = try FileTree(archive) }
      archives[archive] = tree
      return try tree.read(path)
    case .bytes(let bytes): return Data(bytes)
    case .pixels: return nil
    case .missing(let name):
      throw GalleyError(
        .missingInput, "can't read an item", at: name, why: "the data set names this file, but has none")
    }
  }
}
