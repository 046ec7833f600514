// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// A split as it is written down: JSON with `format`, `digest` and `subsets`.
public struct SplitDocument: Sendable, Hashable, Codable {
  /// Name and version of the format.
  public static let format = "galley.split/1"

  /// Name and version of the format.
  public let format: String
  /// The split's digest.
  public let digest: Digest
  /// The ids of each subset.
  public let subsets: [String: [String]]

  /// Writes a split down.
  public init(_ split: DatasetSplit) {
    format = Self.format
    digest = split.digest
    subsets = Dictionary(uniqueKeysWithValues: split.subsets.map { ($0.key.rawValue, $0.value) })
  }

  /// Reads a file that ``write(to:)`` wrote.
  /// - Throws: `GalleyError` if it is missing, is something else, or was changed without its digest.
  public init(contentsOf path: String) throws(GalleyError) {
    func refusal(_ why: String) -> GalleyError {
      GalleyError(
        .badData, "can't read the split", at: path, why: why,
        remedy: "Write it anew: galley data split DATASET -o \(path).")
    }
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't read the split", at: path, why: FileError(.read, path).reason,
        remedy: "Relative paths start at the recipe's folder.")
    }
    guard let document = try? JSONDecoder().decode(Self.self, from: data) else {
      throw refusal("it has no format, digest and subsets")
    }
    guard document.format == Self.format else {
      throw refusal("its format is '\(document.format)', and \(Self.format) is read")
    }
    if let name = document.subsets.keys.sorted().first(where: { Subset(rawValue: $0) == nil }) {
      throw refusal("there is no subset '\(name)'")
    }
    let split = try document.split
    guard split.digest == document.digest else {
      throw refusal("its subsets have the digest \(split.digest.short), and it says \(document.digest.short)")
    }
    self = document
  }

  /// The split.
  /// - Throws: `GalleyError` if an item is in two subsets.
  public var split: DatasetSplit {
    get throws(GalleyError) {
      var known: [Subset: [String]] = [:]
      for (name, ids) in subsets { if let subset = Subset(rawValue: name) { known[subset] = ids } }
      return try DatasetSplit(known)
    }
  }

  /// Writes the file as a whole or not at all.
  /// - Throws: `GalleyError` if it can't be written.
  public func write(to path: String) throws(GalleyError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(to: path, or: "can't write the split") { try encoder.encode(self) }
  }
}
