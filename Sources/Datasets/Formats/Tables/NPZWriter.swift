// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import Galley
internal import Tensors

/// Writes `data.npz` with the arrays `images`, `labels` (−1: none), `ids` and `label_names`.
enum NPZWriter: FormatWriter {
  static let format = DatasetFormat.npz

  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError) {
    var pixels: [UInt8] = []
    var shape: [Int]?
    for item in dataset.items {
      guard case .pixels(let block) = item.source else {
        throw GalleyError(
          .badData, "can't write NPZ", at: item.id, why: "the item is an encoded image; NPZ holds pixels",
          remedy: "Convert data sets whose items are pixels: CIFAR, tables of pixels, NPZ.")
      }
      let own = [block.size.height, block.size.width, block.channels]
      guard shape == nil || shape == own else {
        throw GalleyError(
          .badData, "can't write NPZ", at: item.id, why: "the images differ in size: \(own) and \(shape ?? [])")
      }
      shape = own
      pixels += block.interleaved
    }
    guard let shape else { throw GalleyError(.badData, "can't write NPZ", why: "there are no items") }
    let labels = dataset.items.map { Int64(ImageFoldersWriter.mainLabel($0) ?? -1) }
    do {
      var archive = ZipWriter()
      try archive.append("images.npy", NPY.serialized(Tensor(pixels, shape: [dataset.items.count] + shape)))
      try archive.append("labels.npy", NPY.serialized(Tensor(labels, shape: [labels.count])))
      try archive.append("ids.npy", NPY.serialized(dataset.items.map(\.id)))
      try archive.append("label_names.npy", NPY.serialized(dataset.labels))
      try output.write(archive.finished(), to: "data.npz")
    } catch let error as GalleyError {
      throw error
    } catch {
      throw GalleyError(.badData, "can't write NPZ", why: "\(error)")
    }
  }
}
