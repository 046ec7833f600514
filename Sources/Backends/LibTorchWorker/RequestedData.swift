// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import Galley
internal import Tensors

/// The items of a request.
struct RequestedData {
  private enum Contents {
    case prepared(PreparedData)
    case listing(ItemListing)
  }

  private let request: VerbRequest
  private let contents: Contents
  private let labels: [String]

  /// Reads the request's data.
  /// - Throws: `GalleyError` if the file can't be read or isn't the one that was meant.
  init(_ request: VerbRequest) throws(GalleyError) {
    self.request = request
    switch request.data {
    case .prepared(let path, _):
      let data = try PreparedData(contentsOf: path)
      (contents, labels) = (.prepared(data), data.labels)
    case .listing(let path, _):
      let listing = try ItemListing(contentsOf: path)
      (contents, labels) = (.listing(listing), listing.labels)
    }
    try checkDigest()
  }

  private func checkDigest() throws(GalleyError) {
    let digest: Digest
    do throws(FileError) {
      digest = try Digest(ofFileAt: request.data.path)
    } catch {
      throw GalleyError(.missingInput, "can't read the data", at: request.data.path, why: error.reason)
    }
    guard digest == request.data.digest else {
      throw GalleyError(
        .tryAgain, "can't use the data", at: request.data.path, why: "it was changed after it was read and split",
        remedy: "Run again; the data is then prepared anew.")
    }
  }

  /// What keeps data with some classes from a model with others.
  static func difference(_ data: [String], _ model: [String]) -> String {
    let (missing, unknown) = (model.filter { !data.contains($0) }, data.filter { !model.contains($0) })
    var parts: [String] = []
    if !unknown.isEmpty { parts.append("the model doesn't know \(Self.list(unknown))") }
    if !missing.isEmpty { parts.append("the data lacks \(Self.list(missing))") }
    if parts.isEmpty { parts.append("the classes are the same in another order") }
    return "the data has \(data.count) classes, the model \(model.count): " + parts.joined(separator: "; ")
  }

  private static func list(_ labels: [String]) -> String {
    labels.prefix(8).map { "'\($0)'" }.joined(separator: ", ")
      + (labels.count > 8 ? " and \(labels.count - 8) more" : "")
  }

  /// What a training needs.
  /// - Throws: `GalleyError` if there are no training items, or the classes aren't those of the request.
  func training(_ options: TrainOptions) throws -> TrainingData {
    guard labels == request.labels else {
      throw GalleyError(
        .badData, "can't use the data with this model", at: request.data.path,
        why: Self.difference(labels, request.labels),
        remedy: "Use data with the model's classes, in their order, or train the model on this data.")
    }
    guard let training = try source(.train, options) else {
      throw GalleyError(
        .badData, "can't train", at: request.data.path, why: "there are no training items",
        remedy: "Split the data so that the subset train has items.")
    }
    return try TrainingData(
      training: training, validation: source(.validation, options), labels: request.labels, task: request.task)
  }

  /// Some real items, preprocessed: the first of the validation subset, or else of another one.
  struct Samples {
    var ids: [String]
    var inputs: Tensor
    var subset: Subset?
  }

  /// The first items of the validation subset, or else of another one; `nil` if there are none.
  func samples(_ limit: Int) throws -> Samples? {
    for subset in [Subset.validation, .test, .train] {
      let ids: [String]
      let inputs: Tensor
      switch contents {
      case .prepared(let data):
        guard let all = data.subsets[subset], all.count > 0 else { continue }
        let items = try all.selecting(Array(0..<min(limit, all.count)))
        (ids, inputs) = (items.ids, try request.preprocessing.apply(to: items.inputs))
      case .listing(let listing):
        let items = listing.items(subset).prefix(limit)
        guard !items.isEmpty else { continue }
        let batches = try TrainingBatches(
          items.map { TrainingItem($0, root: listing.root) }, classCount: listing.labels.count,
          preprocessing: request.preprocessing,
          options: TrainingBatches.Options(batchSize: items.count, seed: 0, shuffles: false, isMultiLabel: true))
        guard let batch = batches.epoch(0).nextBlocking(), batch.count > 0 else { continue }
        (ids, inputs) = (batch.ids, batch.inputs)
      }
      return Samples(ids: ids, inputs: inputs, subset: subset)
    }
    return nil
  }

  /// The items of a subset; `nil` if there are none.
  private func source(_ subset: Subset, _ options: TrainOptions) throws -> TrainingData.Source? {
    switch contents {
    case .prepared(let data):
      guard let items = data.subsets[subset], items.count > 0 else { return nil }
      // What lies in memory anyway is prepared once, unless each epoch varies it in ways that need images.
      let varies = ![.none, .shift].contains(options.augmentation) || options.mixup > 0
      if varies, items.inputs.elementType == .uint8, items.inputs.shape.count == 4 {
        return .images(try TrainingItem.items(of: items), request.preprocessing)
      }
      return .memory(
        try TrainingItems(
          ids: items.ids, inputs: request.preprocessing.apply(to: items.inputs), classes: items.classes))
    case .listing(let listing):
      let items = listing.items(subset)
      guard !items.isEmpty else { return nil }
      return .images(items.map { TrainingItem($0, root: listing.root) }, request.preprocessing)
    }
  }
}

extension TrainingItem {
  /// An item of a listing.
  init(_ item: ItemListing.Item, root: String) {
    let source: ItemSource =
      if let fault = item.fault {
        .missing(fault)
      } else {
        .file(item.file.hasPrefix("/") ? item.file : "\(root)/\(item.file)")
      }
    self.init(id: item.id, source: source, classes: item.classes)
  }
}
