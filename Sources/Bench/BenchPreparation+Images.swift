// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley
internal import Images
internal import ModelFiles
internal import Statistics

extension BenchPreparation {
  /// The most items that are judged, and that calibrate; they are drawn by seed from larger sets.
  private static let mostItems = [Subset.test: 5000, .train: 512]
  /// Items that can't be decoded and are named one by one.
  private static let namedFailures = 20

  /// Reads a data set of images in any format, and brings them to what the model takes: fitted, in its colours.
  func giveImages(_ path: String, to model: inout BenchModel, _ expectation: ModelExpectation) throws {
    let (height, width, channels) = try imageSize(model, expectation)
    guard var preprocessing = expectation.preprocessing else {
      try requireNoFiles(path, Self.unjudged(expectation))
      model.notes.append(Self.unjudged(expectation) + "; inputs are drawn.")
      return
    }
    let fit = try fit(preprocessing.fit, Images.PixelSize(width: width, height: height), &model)
    let chosen = try chosen(DatasetReader.read(path).complete(), at: path)
    if meaning.decodesOnTarget { try requireFiles(of: chosen.dataset, path) }
    let isClassified = chosen.dataset.items.allSatisfy { $0.labels.count == 1 }
    let decoded = try DecodedItems(fit: fit, format: channels == 1 ? .gray : .rgb)
      .decode(chosen.dataset, classes: chosen.dataset.items.map { $0.labels.first ?? 0 })
    report(decoded.failures, in: &model)
    preprocessing.fit = nil
    if preprocessing.colors != .bgr { preprocessing.colors = .stored }
    let subsets = try subsets(of: decoded, chosen, &model)
    let data = try PreparedData(subsets: subsets, preprocessing: preprocessing)
    guard isClassified else {
      try requireNoFiles(path, "not every item has exactly one class")
      model.notes.append("quality: not measured: not every item has exactly one class")
      model.data = .samples(path: try samples(of: data, preprocessing, for: model))
      return
    }
    try give(data, nil, isFitted: true, to: &model, expectation)
    guard meaning.decodesOnTarget else { return }
    guard case .items(let prepared, let judged, _, _) = model.data else {
      throw Self.noFiles(path, Self.unjudged(expectation))
    }
    preprocessing.fit = fit
    preprocessing.colors = channels == 1 ? .gray : preprocessing.colors == .bgr ? .bgr : .rgb
    try giveFiles(decoded.dataset, PreparedData(contentsOf: prepared).items(judged), preprocessing, to: &model)
  }

  /// How images come to the model's size: as somebody says, or else stretched.
  private func fit(
    _ stated: ImageFit?, _ size: Images.PixelSize, _ model: inout BenchModel
  ) throws(GalleyError) -> ImageFit {
    guard let stated else {
      model.notes.append("resizing: stretched, bilinear (nobody says how images come to the model's size)")
      return ImageFit(size: size)
    }
    guard stated.result == size else {
      throw GalleyError(
        .badData, "can't give the images to the model", at: model.file.path,
        why: "it takes images of \(size) pixels, and its preprocessing gives \(stated.result)",
        remedy: "Name the size in a file given to --preprocessing.")
    }
    return stated
  }

  /// The items that are used, those that are judged and those that calibrate.
  private struct Chosen {
    var dataset: AnnotatedDataset
    var split: DatasetSplit
    var isStated: Bool
    var note: String
  }

  private func chosen(_ dataset: AnnotatedDataset, at path: String) throws(GalleyError) -> Chosen {
    guard !dataset.items.isEmpty else {
      throw GalleyError(.badData, "can't use the data", at: path, why: "it has no items")
    }
    let stated = try DatasetSplit(stated: dataset).subsets
    if let judged = stated[.test] ?? stated[.validation] {
      let name = stated[.test] == nil ? "validation" : "test"
      return try limited(
        dataset, [.test: judged, .train: stated[.train] ?? []], isStated: true,
        "judged are items of the data set's own \(name) subset"
          + (stated[.train] == nil ? "" : ", and items of its training subset calibrate"))
    }
    let drawn = try DatasetSplit.random(
      dataset, parts: SubsetParts(train: 0.25, validation: 0, test: 0.75), seed: seed, stratified: true
    ).subsets
    return try limited(
      dataset, drawn, isStated: false,
      "split by seed \(seed); whether the model was trained on some of them isn't known")
  }

  private func limited(
    _ dataset: AnnotatedDataset, _ subsets: [Subset: [String]], isStated: Bool, _ note: String
  ) throws(GalleyError) -> Chosen {
    var generator = SeededGenerator(seed: seed)
    var kept: [Subset: [String]] = [:]
    for subset in Subset.allCases {
      guard let ids = subsets[subset], !ids.isEmpty, let most = Self.mostItems[subset] else { continue }
      kept[subset] = ids.count <= most ? ids : Array(generator.shuffled(ids).prefix(most))
    }
    let split = try DatasetSplit(kept)
    let used = Set(split.subsets.values.joined())
    return Chosen(
      dataset: dataset.selecting { used.contains($0.id) }, split: split, isStated: isStated,
      note: note + (used.count < dataset.items.count ? "; of \(dataset.items.count) items" : ""))
  }

  /// The decoded items of each subset, none of which shares an item's bytes with another.
  private func subsets(
    of decoded: DescribedItems, _ chosen: Chosen, _ model: inout BenchModel
  ) throws -> [Subset: LabeledItems] {
    let shared = chosen.split.sharedBytes(decoded.items.ids, decoded.digests)
    if chosen.isStated, !meaning.allowsDuplicates { try chosen.split.checkBytes(decoded.items.ids, decoded.digests) }
    // Of what was drawn here, the copy that would calibrate is left out.
    let copies =
      chosen.isStated ? [] : Set(shared.flatMap { [$0.first, $0.second] }.filter { $0.subset == .train }.map(\.id))
    let owners = Dictionary(
      chosen.split.subsets.flatMap { subset, ids in ids.map { ($0, subset) } }, uniquingKeysWith: { first, _ in first })
    var positions: [Subset: [Int]] = [:]
    for (position, id) in decoded.items.ids.enumerated() where !copies.contains(id) {
      if let subset = owners[id] { positions[subset, default: []].append(position) }
    }
    guard positions[.test] != nil else {
      throw GalleyError(
        .badData, "can't use the data", at: meaning.data, why: "none of the items to be judged can be decoded",
        remedy: "Run `galley data check` on the data set.")
    }
    model.notes.append(
      "\(positions[.test]?.count ?? 0) items are judged and \(positions[.train]?.count ?? 0) calibrate: \(chosen.note)."
    )
    return try positions.mapValues { try decoded.items.selecting($0) }
  }

  private func report(_ failures: [ItemFailure], in model: inout BenchModel) {
    guard !failures.isEmpty else { return }
    model.notes += failures.prefix(Self.namedFailures).map { "item '\($0.id)' is left out: \($0.error.why)" }
    let rest = failures.count - Self.namedFailures
    if rest > 0 { model.notes.append("\(rest) more items are left out: they can't be decoded") }
  }
}
