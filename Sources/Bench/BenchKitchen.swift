// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Targets
internal import Tensors

/// A bench under way: what has been prepared, converted, compared and measured so far.
struct BenchKitchen {
  /// A model in a precision.
  struct Variant: Hashable {
    var model: String
    var precision: Precision
  }

  /// What a conversion gave.
  enum Conversion {
    case done(ModelFile, precision: String, notes: [String])
    case failed(String)
  }

  let bench: Bench
  let request: BenchRequest
  /// The file of samples that each model's outputs are compared on.
  var samples: [String: String] = [:]
  var conversions: [Variant: Conversion] = [:]
  var differences: [ComparedVariant: Result<BenchDifference?, GalleyError>] = [:]
  /// The files of what was measured, one for each group, within the bench's folder.
  var measurementFiles: [String] = []
  var notes: [String] = []

  /// A variant in a runtime.
  struct ComparedVariant: Hashable {
    var variant: Variant
    var runtime: String
  }

  init(bench: Bench, request: BenchRequest) {
    self.bench = bench
    self.request = request
  }

  func model(_ name: String) throws(GalleyError) -> BenchModel {
    guard let model = request.models.first(where: { $0.name == name }) else {
      throw GalleyError(.software, "can't measure '\(name)'", why: "there is no such model")
    }
    return model
  }

  func offer(_ name: String) throws(GalleyError) -> RuntimeOffer {
    guard let offer = request.runtimes.first(where: { $0.name == name }) else {
      throw GalleyError(.software, "can't measure in '\(name)'", why: "there is no such runtime")
    }
    return offer
  }

  /// Writes the samples that outputs are compared on, and that are measured on where there is no data: taken from the
  /// data, or drawn.
  mutating func prepareInputs() throws {
    try Bench.makeFolder("\(bench.folder)/inputs")
    for model in request.models {
      notes += model.notes.map { "\(model.name): \($0)" }
      switch model.data {
      case .samples(let path): samples[model.name] = path
      case .items(let path, let judged, _, let preprocessing):
        let data = try PreparedData(contentsOf: path)
        let file = try Self.samples(
          of: data.items(judged), preprocessing ?? data.preprocessing, for: model, atMost: request.comparedSamples)
        try write(file, model)
      case nil:
        let drawn = try DrawnSamples(
          for: model, dimensions: request.dimensions, count: max(request.comparedSamples, 1), seed: request.seed)
        notes += drawn.notes.map { "\(model.name): \($0)" }
        try write(drawn.file, model)
      }
    }
  }

  private mutating func write(_ file: SampleFile, _ model: BenchModel) throws {
    let path = "\(bench.folder)/inputs/\(model.name).safetensors"
    try file.write(to: path)
    samples[model.name] = path
  }

  /// The first items as the model gets them, each as a batch of one.
  static func samples(
    of items: LabeledItems, _ preprocessing: Preprocessing, for model: BenchModel, atMost count: Int
  ) throws -> SampleFile {
    guard let input = model.inputs.first, model.inputs.count == 1 else {
      throw GalleyError(
        .badData, "can't use the items", at: model.file.path,
        why: "the model has \(model.inputs.count) inputs; a model of items has one")
    }
    let chosen = try items.selecting(Array(0..<min(max(count, 1), items.count)))
    let values = try preprocessing.apply(to: chosen.inputs)
    var shape = Array(values.shape.dropFirst())
    // A model may take an item's values under another shape, such as a flat one.
    if let expected = input.tensor?.shape.dropFirst().compactMap({ $0 }), expected.reduce(1, *) == shape.reduce(1, *),
      expected.count == (input.tensor?.shape.count ?? 0) - 1
    {
      shape = expected
    }
    return try SampleFile([
      SampleFile.Input(name: input.name, values: try values.reshaped([chosen.count, 1] + shape))
    ])
  }
}
