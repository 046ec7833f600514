// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// The content of `pantry.json`: what the folder is, and what its owner wants.
struct PantryFormat: Codable, Equatable {
  /// The layout that this version of Galley writes.
  static let current = 1
  static let fileName = "pantry.json"

  /// Version of the layout.
  var format = current
  /// How many bytes of artifacts may be kept; `nil` for any number.
  var limitBytes: Int?

  /// Reads a store's format; that of today if the folder has none yet.
  /// - Throws: `GalleyError` if the store was made by a newer Galley, or the file was changed.
  static func read(in root: String) throws(GalleyError) -> (format: PantryFormat, isThere: Bool) {
    let path = "\(root)/\(fileName)"
    guard FileManager.default.fileExists(atPath: path) else { return (PantryFormat(), false) }
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't open the pantry", at: path, why: "the file can't be read",
        remedy: "Check that you may read it.")
    }
    // The version is looked at first: of a newer format nothing else is known, not even how it is checked.
    if let version = try? JSONDecoder().decode(Version.self, from: bytes), version.format > current {
      throw GalleyError(
        .badData, "can't open the pantry", at: path,
        why: "a newer Galley made it: its format is \(version.format), and this version knows formats up to \(current)",
        remedy: "Install that version, or name another folder with --pantry. Nothing was changed.")
    }
    guard let format = CheckedDocument.decode(PantryFormat.self, from: bytes), format.format >= 1 else {
      throw GalleyError(
        .badData, "can't open the pantry", at: path, why: "its bytes are not what Galley wrote",
        remedy: "Remove this one file; the next command writes it anew, without a limit. The artifacts are not touched."
      )
    }
    return (format, true)
  }

  private struct Version: Decodable { var format: Int }
}

extension Pantry {
  /// How many bytes of artifacts may be kept, if the store has a limit.
  /// - Throws: `GalleyError` if `pantry.json` is damaged or of a newer format.
  public func limit() throws -> Int? { try PantryFormat.read(in: root).format.limitBytes }

  /// Keeps a limit in the store; it is applied after each addition from now on, in every process.
  /// - Parameter bytes: at least 0; `nil` for no limit.
  /// - Throws: `GalleyError`.
  public func setLimit(_ bytes: Int?) throws {
    guard bytes ?? 0 >= 0 else {
      throw GalleyError(
        .usage, "can't set the pantry's limit", why: "\(bytes ?? 0) is negative", remedy: "Give a number of bytes.")
    }
    var format = try PantryFormat.read(in: root).format
    format.limitBytes = bytes
    try write(CheckedDocument.encode(format), to: "\(root)/\(PantryFormat.fileName)", "can't set the pantry's limit")
  }
}
