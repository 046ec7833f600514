// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley

/// Images that are decoded where models are measured.
extension BenchPreparation {
  /// Writes the judged items as the image files that they are.
  /// - Parameters:
  ///   - items: The judged items, with the model's labels.
  ///   - preprocessing: With the size and the colours that images are brought to.
  func giveFiles(
    _ dataset: AnnotatedDataset, _ items: LabeledItems, _ preprocessing: Preprocessing, to model: inout BenchModel
  ) throws {
    let sources = Dictionary(dataset.items.map { ($0.id, $0.source) }) { first, _ in first }
    let path = "\(folder)/images-\(model.name).galley-images"
    var reader = ItemBytes()
    try ImageFiles.write(items, preprocessing: preprocessing, to: path) { position in
      let id = items.ids[position]
      guard let source = sources[id], let bytes = try reader.read(source) else {
        throw Self.noFiles(id, "it has no file")
      }
      return Array(bytes)
    }
    model.images = path
    model.notes.append(
      "images are decoded and fitted where the model is measured: preprocessing and end to end include it")
  }

  /// - Throws: `GalleyError` if an item is pixels in memory.
  func requireFiles(of dataset: AnnotatedDataset, _ path: String) throws(GalleyError) {
    for item in dataset.items {
      if case .pixels = item.source { throw Self.noFiles(path, "the item '\(item.id)' is pixels, not an image file") }
    }
  }

  /// - Throws: `GalleyError` if files are wanted, which aren't decoded for the reason given.
  func requireNoFiles(_ path: String, _ why: String) throws(GalleyError) {
    if meaning.decodesOnTarget { throw Self.noFiles(path, why) }
  }

  static func noFiles(_ path: String, _ why: String) -> GalleyError {
    GalleyError(
      .configuration, "can't have the items decoded on the target", at: path, why: why,
      remedy: "Give a folder or an archive of image files whose quality can be measured, or leave out "
        + "--decode-on-target.")
  }
}
