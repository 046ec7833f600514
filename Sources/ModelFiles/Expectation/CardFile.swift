// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Images
internal import Tensors

/// A model's card: a JSON file beside it, or an entry of an ONNX file's metadata that Galley itself writes.
enum CardFile {
  /// The key of the card in an ONNX file's metadata.
  static let metadataKey = "galley.card"

  static let keys = ["task", "output", "labels", "preprocessing"]

  /// What the card beside a model and that in it say, the former first; a card that is named must be there.
  static func claims(
    besideModelAt path: String, _ description: ModelDescription, card: String?
  ) throws(GalleyError) -> [ExpectationClaims] {
    var all: [ExpectationClaims] = []
    let beside = card ?? Self.path(besideModelAt: path)
    if card != nil || FileContents.isFile(beside) {
      all.append(
        try claims(FileContents.read(beside, "the card", limit: 16 << 20), beside, "the card \(beside)", description))
    }
    if let text = description.metadata[metadataKey] {
      all.append(try claims(Array(text.utf8), path, "the card in the model", description))
    }
    return all
  }

  /// `bird.card.json` for `bird.onnx`.
  static func path(besideModelAt path: String) -> String {
    let suffixes = [".onnx", ".xml", ".tflite", ".safetensors"]
    let stem = suffixes.first { path.lowercased().hasSuffix($0) }.map { String(path.dropLast($0.count)) } ?? path
    return stem + ".card.json"
  }

  private static func claims(
    _ bytes: [UInt8], _ place: String, _ detail: String, _ description: ModelDescription
  ) throws(GalleyError) -> ExpectationClaims {
    let document = try JSONDocument(bytes, place, "the card")
    // Galley's own cards name the scores; those that people write needn't describe tensors.
    if document.values["scores"] != nil { return try own(bytes, place, detail, description) }
    try document.allow(keys)
    var claims = ExpectationClaims()
    if let task = try document.text("task") { claims.task = Claim(task.lowercased(), .card, detail) }
    if let output = try document.word("output", OutputMeaning.self) { claims.output = Claim(output, .card, detail) }
    if document.has("labels") { claims.labels = Claim(try labels(document), .card, detail) }
    switch document.values["preprocessing"] {
    case nil, .null?: break
    case .string(let word)?:
      let file = PreprocessingFile.words.contains(word) ? word : Self.relative(word, to: place)
      try PreprocessingFile.claims(file, .card, detail, into: &claims)
    default:
      if let group = try document.group("preprocessing") {
        try PreprocessingFile.add(group, .card, detail, into: &claims)
      }
    }
    return claims
  }

  /// Labels stand in the card, or it names their file.
  private static func labels(_ document: JSONDocument) throws(GalleyError) -> [String] {
    guard let value = document.values["labels"] else { return [] }
    if case .string(let name) = value { return try LabelFile.read(relative(name, to: document.place)) }
    return try LabelFile.labels(of: value, document.place)
  }

  /// A path in a card begins at the card's folder.
  private static func relative(_ name: String, to place: String) -> String {
    guard !name.hasPrefix("/"), let end = place.lastIndex(of: "/") else { return name }
    return "\(place[..<end])/\(name)"
  }

  private static func own(
    _ bytes: [UInt8], _ place: String, _ detail: String, _ description: ModelDescription
  ) throws(GalleyError) -> ExpectationClaims {
    let card: ModelCard
    do {
      card = try JSONDecoder().decode(ModelCard.self, from: Data(bytes))
    } catch {
      throw GalleyError(
        .badData, "can't read the card", at: place, why: "it is no card that Galley writes: \(reason(error))",
        remedy: "Documentation/model-expectations.md shows the form.")
    }
    let preprocessing = card.preprocessing
    guard preprocessing.scale > 0, !preprocessing.mean.isEmpty, !preprocessing.deviation.isEmpty,
      preprocessing.deviation.allSatisfy({ $0 > 0 })
    else {
      throw GalleyError(
        .badData, "can't read the card", at: "\(place): preprocessing",
        why: "scale and deviations must be greater than 0, and there must be a mean and a deviation",
        remedy: "Documentation/model-expectations.md shows the form.")
    }
    try check(card.input, description.inputs, "input", place)
    try check(card.output, description.outputs, "output", place)
    var claims = ExpectationClaims()
    claims.layout = Claim(preprocessing.layout, .card, detail)
    claims.normalization = Claim(
      Normalization(
        scale: preprocessing.scale, mean: preprocessing.mean, deviation: preprocessing.deviation),
      .card, detail)
    claims.output = Claim(card.scores == .logits ? .logits : .probabilities, .card, detail)
    claims.labels = Claim(card.labels, .card, detail)
    if let order = ColorOrder(rawValue: preprocessing.colors.rawValue) {
      claims.colorOrder = Claim(order, .card, detail)
    } else if isGray(card) {
      // Items are given with the channels that they have: one.
      claims.colorOrder = Claim(.gray, .card, detail)
    }
    if let fit = preprocessing.fit {
      claims.size = Claim(ImageSize(height: fit.result.height, width: fit.result.width), .card, detail)
      claims.resizing = Resizing(fit).map { Claim($0, .card, detail) }
    }
    claims.task = Claim(card.task.rawValue, .card, detail)
    return claims
  }

  /// Whether the input is images of one channel.
  private static func isGray(_ card: ModelCard) -> Bool {
    guard card.input.shape.count == 4 else { return false }
    return card.input.shape[card.preprocessing.layout == .nchw ? 1 : 3] == 1
  }

  /// A card that describes tensors which the model hasn't belongs to another model.
  private static func check(
    _ spec: TensorSpec, _ values: [ValueSpec], _ kind: String, _ place: String
  ) throws(GalleyError) {
    let own = values.compactMap(\.tensor)
    guard
      !own.contains(where: { $0.name == spec.name && $0.elementType == spec.elementType && fits($0.shape, spec.shape) })
    else { return }
    let names = own.map { "'\($0.name)' \($0.elementType) \(Extents.text($0.shape))" }.joined(separator: ", ")
    throw GalleyError(
      .badData, "the card belongs to another model", at: place,
      why: "it describes the \(kind) '\(spec.name)' \(spec.elementType) \(Extents.text(spec.shape)), and the model has "
        + (names.isEmpty ? "none" : names), remedy: "Put the right card beside the model, or remove it.")
  }

  /// Open extents fit any.
  private static func fits(_ first: [Int?], _ second: [Int?]) -> Bool {
    first.count == second.count && zip(first, second).allSatisfy { $0 == nil || $1 == nil || $0 == $1 }
  }

  private static func reason(_ error: any Error) -> String {
    switch error as? DecodingError {
    case .keyNotFound(let key, _)?: "the key '\(key.stringValue)' is missing"
    case .typeMismatch(_, let context)?, .valueNotFound(_, let context)?, .dataCorrupted(let context)?:
      "\(context.codingPath.map(\.stringValue).joined(separator: ".")): \(context.debugDescription)"
    default: "it can't be decoded"
    }
  }
}

extension Resizing {
  /// The same as an ``ImageFit``; `nil` if it has a kernel that cards of other programs don't have.
  fileprivate init?(_ fit: ImageFit) {
    guard let rule = Rule(rawValue: fit.rule.rawValue), let kernel = Kernel(rawValue: fit.kernel.rawValue) else {
      return nil
    }
    self.init(
      rule: rule, size: fit.crop == nil ? nil : ImageSize(height: fit.size.height, width: fit.size.width),
      kernel: kernel, antialias: fit.antialias, padding: rule == .contain ? fit.padding : nil,
      arithmetic: Arithmetic(rawValue: fit.arithmetic.rawValue))
  }
}
