// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// The items of a data set whose pixels lie in memory, such as arrays in an NPZ file, as prepared data.
struct ItemsInMemory {
  let data: PreparedData

  /// - Throws: `GalleyError` if an item has another size than the others, or several classes.
  init(_ dataset: AnnotatedDataset, _ task: EngineTask, _ path: String) throws(GalleyError) {
    guard task == .classification else {
      throw GalleyError(
        .badData, "can't use the data set", at: path,
        why: "items in arrays have one class each, and the task is "
          + task.rawValue, remedy: "Give the items as image files.")
    }
    var subsets: [Subset: LabeledItems] = [:]
    for subset in Subset.allCases {
      let items = dataset.items.filter { $0.subset == subset.rawValue }
      if !items.isEmpty { subsets[subset] = try Self.labeled(items, dataset.labels, path) }
    }
    data = try PreparedData(subsets: subsets, preprocessing: Preprocessing(layout: .nchw, scale: 1 / 255))
  }

  private static func labeled(
    _ items: [DatasetItem], _ labels: [String], _ path: String
  ) throws(GalleyError) -> LabeledItems {
    var pixels: [UInt8] = []
    var shape: [Int] = []
    for item in items {
      guard case .pixels(let block) = item.source else { continue }
      let own = [block.size.height, block.size.width, block.channels]
      guard shape.isEmpty || shape == own else {
        throw GalleyError(
          .badData, "can't use the data set", at: "\(path): \(item.id)",
          why: "it has the shape \(own), and others have \(shape)", remedy: "Give images of one size.")
      }
      shape = own
      pixels += block.interleaved
    }
    do {
      return try LabeledItems(
        ids: items.map(\.id), inputs: Tensor(pixels, shape: [items.count] + shape),
        classes: items.compactMap { $0.labels.first }, labels: labels)
    } catch let error as GalleyError {
      throw error
    } catch {
      throw GalleyError(.badData, "can't use the data set", at: path, why: "\(error)")
    }
  }
}
