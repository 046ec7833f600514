// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

/// A folder as Dataloop's downloads have it, `items` and `json`, read without a store.
package enum DataloopFolder {
  /// One item of it.
  package struct Item: Sendable {
    /// The item's id; empty if its document says none.
    package var id: String
    /// The path in the data set, from `/` on.
    package var path: String
    /// The file with its bytes.
    package var file: String
    /// What the bytes are.
    package var mediaType: String
    /// The image's size; `nil` if the document doesn't say.
    package var size: PixelSize?
    /// What else is known.
    package var metadata: JSONObject
    /// The annotations; predictions name their model.
    package var annotations: [AnnotationDraft]
  }

  /// The items, in the order of their documents' paths.
  /// - Throws: `GalleyError` if a document or an annotation can't be read.
  package static func items(_ folder: String) throws(GalleyError) -> [Item] {
    var items: [Item] = []
    for document in PlatformStore.paths(below: "\(folder)/json") where document.hasSuffix(".json") {
      items.append(try item("\(folder)/json/\(document)", folder))
    }
    return items
  }

  private static func item(_ file: String, _ folder: String) throws(GalleyError) -> Item {
    let document = try DataloopItem(PlatformStore.contents(file), at: file)
    guard let path = document.path else {
      throw GalleyError(.badData, "can't read the item", at: file, why: "it doesn't say its 'filename'")
    }
    let system = document.metadata["system"]
    func whole(_ key: String) -> Int? { system?.value(at: [key])?.number.flatMap { Int(exactly: $0) } }
    var size: PixelSize?
    if let width = whole("width"), let height = whole("height") { size = PixelSize(width: width, height: height) }
    let source = file.split(separator: "/").last.map(String.init) ?? file
    let (drafts, rejected) = document.drafts(itemID: document.id ?? "", source: source, size: size)
    if let (index, reason) = rejected.first {
      throw GalleyError(.badData, "can't read the item", at: "\(file): annotations[\(index)]", why: reason)
    }
    return Item(
      id: document.id ?? "", path: try ItemPath.normal(path), file: "\(folder)/items\(try ItemPath.normal(path))",
      mediaType: system?.value(at: ["mimetype"])?.text ?? "application/octet-stream", size: size,
      metadata: document.metadata, annotations: drafts)
  }
}
