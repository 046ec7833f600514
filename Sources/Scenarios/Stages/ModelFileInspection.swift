// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import ONNX
internal import Tensors

/// An ONNX file, held against the data that it is to work on.
struct ModelFileInspection {
  /// What a file's input and output mean, and who says so.
  struct Finding {
    var card: ModelCard
    var preprocessingOrigin: String
    var labelsOrigin: String
  }

  /// The key of the card in a file's metadata.
  static let cardKey = "galley.card"

  let producer: String
  let opset: Int
  private let place: String
  private let input: TensorSpec
  private let output: TensorSpec
  private let endsInProbabilities: Bool
  private let embedded: ModelCard?

  /// Reads and checks a file.
  /// - Parameter place: the path in messages.
  /// - Throws: `GalleyError` if it is no valid ONNX model with one float32 input and one float32 output.
  init(_ path: String, shownAs place: String) throws(GalleyError) {
    self.place = place
    let model: Model
    let (inputs, outputs): ([TensorSpec], [TensorSpec])
    do throws(ONNXError) {
      model = try Model(contentsOf: URL(filePath: path))
      try model.check()
      // Weights in other files would be left behind.
      _ = try model.initializers()
      (inputs, outputs) = (try model.inputs, try model.inferringShapes().outputs)
    } catch {
      throw GalleyError(.badData, "can't use the model", at: place, why: error.reason, remedy: Self.remedy(error))
    }
    producer = model.producer
    opset = model.opset
    input = try Self.only(inputs, "input", place)
    let scores = try Self.only(outputs, "output", place)
    output = scores
    let last = model.nodes.first { $0.outputs.contains(scores.name) }
    endsInProbabilities = last?.operatorType == "Softmax"
    embedded = model.metadata[Self.cardKey].flatMap { try? JSONDecoder().decode(ModelCard.self, from: Data($0.utf8)) }
  }

  /// What the file's input and output mean for `data`.
  /// - Throws: `GalleyError` that says what doesn't fit: shape, number of classes, labels.
  func card(for data: PreparedData, batch: Int) throws(GalleyError) -> Finding {
    guard let items = data.subsets[.test] ?? data.subsets.values.first, items.inputs.shape.count == 4 else {
      throw refusal("the data has no images", "A model file classifies images.")
    }
    let (height, width, channels) = (items.inputs.shape[1], items.inputs.shape[2], items.inputs.shape[3])
    func shape(_ preprocessing: Preprocessing) -> [Int] {
      preprocessing.inputShape(height: height, width: width, channels: channels)
    }
    let (preprocessing, origin) = preprocessing(data, fitting: { fits(shape($0)) })
    guard fits(shape(preprocessing)) else {
      throw refusal(
        "its input '\(input.name)' has the shape \(Self.text(input.shape)), and the data gives "
          + Self.text([nil] + shape(preprocessing).map { $0 }),
        "Use data of that size, or export the model for items of \(height) × \(width) pixels and \(channels) channels.")
    }
    if let fixed = input.shape.first ?? nil, fixed != batch {
      throw refusal(
        "it was exported for batches of \(fixed) items, and measurement.batch is \(batch)",
        "Set measurement.batch to \(fixed), or export the model with an open first dimension.")
    }
    let labelsOrigin = try checkLabels(data.labels)
    let card = ModelCard(
      input: input, output: output, scores: embedded?.scores ?? (endsInProbabilities ? .probabilities : .logits),
      preprocessing: preprocessing, labels: data.labels)
    return Finding(card: card, preprocessingOrigin: origin, labelsOrigin: labelsOrigin)
  }

  private func preprocessing(_ data: PreparedData, fitting fits: (Preprocessing) -> Bool) -> (Preprocessing, String) {
    if let embedded { return (embedded.preprocessing, "the model's card") }
    let own = data.preprocessing
    guard !fits(own) else { return (own, "the data set") }
    var other = own
    other.layout = own.layout == .nchw ? .nhwc : .nchw
    return fits(other)
      ? (other, "the data set, in the order of the model's input (\(other.layout.rawValue.uppercased()))")
      : (own, "the data set")
  }

  /// Whether items of a shape can be the input; a flat input takes the same values.
  private func fits(_ item: [Int]) -> Bool {
    let own = input.shape.dropFirst()
    if own.count == item.count { return zip(own, item).allSatisfy { $0 == nil || $0 == $1 } }
    let known = own.compactMap { $0 }
    return known.count == own.count && !own.isEmpty && known.reduce(1, *) == item.reduce(1, *)
  }

  private func checkLabels(_ labels: [String]) throws(GalleyError) -> String {
    if let scores = output.shape.last ?? nil, scores != labels.count {
      throw refusal(
        "its output '\(output.name)' gives \(scores) scores, and the data has \(labels.count) classes",
        "Use a model and data with the same classes.")
    }
    guard let embedded else { return "the data set; the model names none" }
    guard embedded.labels == labels else {
      throw refusal(
        "its card names the classes \(embedded.labels.joined(separator: ", ")), and the data has "
          + labels.joined(separator: ", "), "Use data with the same classes in the same order.")
    }
    return "the model's card"
  }

  private static func only(
    _ tensors: [TensorSpec], _ kind: String, _ place: String
  ) throws(GalleyError) -> TensorSpec {
    guard let tensor = tensors.first, tensors.count == 1 else {
      throw GalleyError(
        .badData, "can't use the model", at: place,
        why: "it has \(tensors.count) \(kind)s: \(tensors.map(\.name).joined(separator: ", "))",
        remedy: "Export a classifier with one input, a batch of images, and one output, their class scores.")
    }
    guard tensor.elementType == .float32 else {
      throw GalleyError(
        .badData, "can't use the model", at: place, why: "its \(kind) '\(tensor.name)' is \(tensor.elementType)",
        remedy: "Export it with float32 inputs and outputs.")
    }
    return tensor
  }

  private func refusal(_ why: String, _ remedy: String) -> GalleyError {
    GalleyError(.badData, "can't use the model", at: place, why: why, remedy: remedy)
  }

  private static func remedy(_ error: ONNXError) -> String {
    error.remedy.prefix(1).uppercased() + error.remedy.dropFirst() + "."
  }

  private static func text(_ shape: [Int?]) -> String {
    "[" + shape.map { $0.map(String.init) ?? "?" }.joined(separator: ", ") + "]"
  }
}
