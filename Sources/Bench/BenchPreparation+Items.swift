// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Galley
internal import ModelFiles
internal import Statistics
internal import Tensors

extension BenchPreparation {
  /// Share of unsplit items that calibrate a quantization and are not judged.
  private static let calibrationShare = 0.25

  /// Reads a table of images of the size that the model takes, and splits it: what calibrates isn't judged.
  func giveTable(_ path: String, to model: inout BenchModel, _ expectation: ModelExpectation) throws {
    let (height, width, channels) = try imageSize(model, expectation)
    let table = ImageTable(.init(path: path, height: height, width: width, channels: channels))
    let items = try table.items(relativeTo: ".")
    let subsets = try split(items)
    model.notes.append(
      "\(subsets[.test]?.count ?? 0) of \(items.count) items are judged and \(subsets[.train]?.count ?? 0) calibrate, "
        + "split by seed \(seed); whether the model was trained on some of them isn't known.")
    try give(
      PreparedData(subsets: subsets, preprocessing: expectation.preprocessing ?? table.preprocessing), nil, to: &model,
      expectation)
  }

  /// The same share of each class, drawn by seed, calibrates; the rest is judged.
  private func split(_ items: LabeledItems) throws(GalleyError) -> [Subset: LabeledItems] {
    var generator = SeededGenerator(seed: seed)
    var calibrating: Set<Int> = []
    for label in items.labels.indices {
      let own = generator.shuffled(items.classes.indices.filter { items.classes[$0] == label })
      calibrating.formUnion(own.prefix(Int(Double(own.count) * Self.calibrationShare)))
    }
    let judged = items.classes.indices.filter { !calibrating.contains($0) }
    var subsets = [Subset.test: try items.selecting(judged)]
    if !calibrating.isEmpty { subsets[.train] = try items.selecting(calibrating.sorted()) }
    return subsets
  }

  /// Lets the model run on items. They are judged if all that this needs is known.
  /// - Parameters:
  ///   - stated: The preprocessing that the data's own file states.
  ///   - isFitted: Whether items have the model's size already, so that the data's preprocessing is what is left to do.
  func give(
    _ data: PreparedData, _ stated: Preprocessing?, isFitted: Bool = false, to model: inout BenchModel,
    _ expectation: ModelExpectation
  ) throws {
    guard let preprocessing = isFitted ? data.preprocessing : expectation.preprocessing ?? stated else {
      model.notes.append(Self.unjudged(expectation) + "; inputs are drawn.")
      return
    }
    if expectation.preprocessing == nil { model.notes.append("preprocessing: that of the data's file") }
    let unknown = expectation.missingForQuality.filter {
      stated == nil || !$0.contains("preprocessing") && !$0.contains("layout")
    }
    let path = "\(folder)/data-\(model.name).safetensors"
    guard unknown.isEmpty else {
      model.notes.append(Self.unjudged(expectation))
      model.data = .samples(path: try samples(of: data, preprocessing, for: model))
      return
    }
    let match = try expectation.classes(matching: data.labels)
    guard let labels = expectation.labels.value else { return }
    var subsets: [Subset: LabeledItems] = [:]
    for (subset, items) in data.subsets {
      subsets[subset] = try LabeledItems(
        ids: items.ids, inputs: items.inputs, classes: items.classes.map { match.scoreIndices[$0] }, labels: labels)
    }
    try PreparedData(subsets: subsets, preprocessing: preprocessing).write(to: path)
    model.data = .items(
      path: path, judged: .test, calibration: subsets[.train] == nil ? nil : .train, preprocessing: nil)
  }

  static func unjudged(_ expectation: ModelExpectation) -> String {
    "quality: not measured: " + expectation.missingForQuality.joined(separator: "; ")
  }

  /// Items as the model gets them, for a model whose answers can't be judged.
  func samples(
    of data: PreparedData, _ preprocessing: Preprocessing, for model: BenchModel
  ) throws -> String {
    let items = try data.items(data.subsets[.test] == nil ? .train : .test)
    let file = try BenchKitchen.samples(of: items, preprocessing, for: model, atMost: 256)
    let path = "\(folder)/samples-\(model.name).safetensors"
    try file.write(to: path)
    return path
  }

  /// Height, width and channels of the images that the model takes.
  func imageSize(
    _ model: BenchModel, _ expectation: ModelExpectation
  ) throws(GalleyError) -> (height: Int, width: Int, channels: Int) {
    func refusal(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(.badData, "can't give the images to the model", at: model.file.path, why: why, remedy: remedy)
    }
    guard let shape = model.inputs.first?.tensor?.shape, model.inputs.count == 1, shape.count == 4 else {
      throw refusal("it doesn't have one input of four dimensions", "Give samples (.safetensors).")
    }
    guard let layout = expectation.layout.value else {
      throw refusal(
        "the order of its input's dimensions is unknown: \(expectation.layout.reason ?? "nobody says it")",
        "Name the layout in a file given to --preprocessing.")
    }
    let (rows, columns, depth) = layout == .nchw ? (shape[2], shape[3], shape[1]) : (shape[1], shape[2], shape[3])
    guard let height = rows ?? expectation.size.value?.height, let width = columns ?? expectation.size.value?.width,
      let channels = depth
    else { throw refusal("it leaves the size of its images open", "Name the size in a file given to --preprocessing.") }
    return (height, width, channels)
  }
}
