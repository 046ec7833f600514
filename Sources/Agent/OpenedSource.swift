// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What models work on: items or image files that are preprocessed, or samples that go in as they are.
enum OpenedSource {
  case items(OpenedData)
  case images(OpenedImages)
  case samples(OpenedSamples)

  /// Number of items or samples.
  var count: Int {
    switch self {
    case .items(let data): data.items.count
    case .images(let images): images.files.count
    case .samples(let samples): samples.file.count
    }
  }

  /// An id for each; samples are known by their number.
  var ids: [String] {
    switch self {
    case .items(let data): data.items.ids
    case .images(let images): images.files.ids
    case .samples(let samples): (0..<samples.file.count).map(String.init)
    }
  }

  /// What answers are judged by; `nil` for samples.
  var judged: JudgedItems? {
    switch self {
    case .items(let data): JudgedItems(data.items.ids, data.items.classes, data.items.labels)
    case .images(let images): JudgedItems(images.files.ids, images.files.classes, images.files.labels)
    case .samples: nil
    }
  }

  /// The positions of those called `ids`, or of all.
  func positions(of ids: [String]?) throws(GalleyError) -> [Int] {
    guard let ids else { return Array(0..<count) }
    let all = Dictionary(self.ids.enumerated().map { ($1, $0) }) { first, _ in first }
    var positions: [Int] = []
    for id in ids {
      guard let position = all[id] else {
        throw GalleyError(.badData, "can't choose items", why: "there is no item '\(id)' in this subset")
      }
      positions.append(position)
    }
    return positions
  }

  /// The shape of each input of `model` for batches of `batch`.
  func inputShapes(of model: any CompiledModel, _ file: ModelFile, batch: Int) throws(GalleyError) -> [[Int]] {
    guard batch >= 1 else {
      throw GalleyError(.badData, "can't use the model", at: file.path, why: "a batch of \(batch) items is empty")
    }
    switch self {
    case .items(let data): return [try data.shape.input(of: model, file, batch: batch)]
    case .images(let images): return [try images.shape.input(of: model, file, batch: batch)]
    case .samples(let samples): return try samples.inputShapes(of: model, at: file.path, batch: batch)
    }
  }
}

/// Items and their classes.
struct JudgedItems {
  let ids: [String]
  let classes: [Int]
  let labels: [String]

  init(_ ids: [String], _ classes: [Int], _ labels: [String]) {
    (self.ids, self.classes, self.labels) = (ids, classes, labels)
  }
}

/// Fills a session's inputs with items or samples.
enum InputFeed {
  case items(BatchFiller)
  case images(ImageFiller)
  case samples(SampleFiller)

  init(_ source: OpenedSource, _ model: LoadedModel) throws(GalleyError) {
    switch source {
    case .items(let data): self = .items(BatchFiller(data, model))
    case .images(let images): self = .images(ImageFiller(images, model))
    case .samples(let samples): self = .samples(try SampleFiller(samples, model))
    }
  }

  /// Fills as many places of the batch as `positions` has; the others keep what they held.
  /// - Returns: how long decoding took, in nanoseconds; `nil` if nothing is decoded.
  @discardableResult
  func fill(_ session: any InferenceSession, with positions: some Collection<Int>) throws -> UInt64? {
    switch self {
    case .images(let filler): return try filler.fill(session, with: positions)
    case .items(let filler): try filler.fill(session, with: positions)
    case .samples(let filler): try filler.fill(session, with: positions)
    }
    return nil
  }
}
