// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import FoundationEssentials
internal import Galley

/// What is known to work without a network: a document for each claim.
extension Pantry {
  /// Keeps a claim's document under its id.
  /// - Parameter id: A file name; an earlier document of this id is replaced.
  /// - Throws: `GalleyError` if it can't be written.
  public func keep(claim document: some Encodable, id: String) throws {
    let path = try claimPath(id)
    try explaining("can't keep the claim") { () throws(FileError) in try AtomicFile.createFolder("\(root)/claims") }
    try write(CheckedDocument.encode(document), to: path, "can't keep the claim")
  }

  /// The ids of the claims kept here, in alphabetical order.
  public func claims() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/claims")) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// A claim's document.
  /// - Throws: `GalleyError` if there is none of this id or its bytes were changed.
  public func claim(_ id: String) throws -> Data {
    let path = try claimPath(id)
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't read the claim '\(id)'", at: "\(root)/claims", why: "there is no such claim",
        remedy: "galley offline claims shows those that there are; galley offline prepare RECIPE makes one.")
    }
    guard let document = CheckedDocument.open(bytes) else {
      throw GalleyError(
        .badData, "can't read the claim '\(id)'", at: path, why: "its bytes are not what Galley wrote",
        remedy: "Prepare the recipe again: galley offline prepare RECIPE.")
    }
    return document
  }

  /// Removes a claim's document; what it needs stays until room is needed.
  /// - Throws: `GalleyError` if there is none of this id or it can't be removed.
  public func removeClaim(_ id: String) throws {
    let path = try claimPath(id)
    if FileStatus(path) == nil { _ = try claim(id) }
    try remove(path, "can't remove the claim '\(id)'")
  }

  func claimPath(_ id: String) throws(GalleyError) -> String {
    guard !id.isEmpty, id.utf8.count <= 200, id.utf8.allSatisfy({ $0 > 32 && $0 < 127 && $0 != UInt8(ascii: "/") }),
      !id.hasPrefix(".")
    else {
      throw GalleyError(
        .missingInput, "can't find the claim '\(id)'", at: "\(root)/claims", why: "this can't be a claim's id",
        remedy: "galley offline claims shows the ids.")
    }
    return "\(root)/claims/\(id).json"
  }
}
