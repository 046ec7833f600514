// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension ModelExpectation {
  /// Gathers what is known of a model, from the source that is believed most to that which is believed least: the
  /// options, a card beside the model or in it, ModelAPI's metadata, Ultralytics' metadata, TensorFlow Lite's metadata,
  /// the model's shapes and operators.
  /// - Parameters:
  ///   - path: the model's file.
  ///   - description: what is known of the file.
  ///   - options: what the user says.
  /// - Throws: `GalleyError` if an option or a card can't be read or contradicts the model.
  public init(
    ofModelAt path: String, _ description: ModelDescription, options: ExpectationOptions = ExpectationOptions()
  ) throws(GalleyError) {
    var all = [try OptionClaims.claims(options)]
    all += try CardFile.claims(besideModelAt: path, description, card: options.card)
    if let claims = ModelAPIMetadata(description)?.claims { all.append(claims) }
    if let claims = UltralyticsMetadata(description)?.claims { all.append(claims) }
    if description.format == .tflite { all.append(TFLiteClaims.claims(try TFLiteFile(contentsOf: path))) }
    all.append(ModelClaims.claims(description))
    try self.init(all, classCount: ModelClaims.classCount(description), path)
  }

  init(_ all: [ExpectationClaims], classCount: Int?, _ path: String) throws(GalleyError) {
    let reasons = all.reduce(into: [:]) { $0.merge($1.reasons) { first, _ in first } }
    func reason(_ aspect: ExpectationClaims.Aspect, _ otherwise: String) -> String { reasons[aspect] ?? otherwise }
    task = Expected(all.compactMap(\.task), otherwise: reason(.task, "neither the model nor a card says it"))
    layout = Expected(
      all.compactMap(\.layout), otherwise: reason(.layout, "name it in a file given to --preprocessing"))
    size = Expected(all.compactMap(\.size), otherwise: reason(.size, "the model leaves it open"))
    normalization = Expected(
      all.compactMap(\.normalization),
      otherwise: reason(.normalization, "give --preprocessing FILE, imagenet, 0-1 or none"))
    normalization.overruled.removeAll { [normalization] other in
      normalization.value?.means(other.value) ?? false
    }
    colorOrder = Expected(
      all.compactMap(\.colorOrder),
      otherwise: reason(.colorOrder, "nobody says it; images are given as they are read, red first"))
    resizing = Expected(
      all.compactMap(\.resizing), otherwise: reason(.resizing, "neither the model nor a card says it"))
    output = Expected(all.compactMap(\.output), otherwise: reason(.output, "give --output logits or probabilities"))
    let (claims, refused) = try Self.fitting(all.compactMap(\.labels), classCount, path)
    labels = Expected(claims, otherwise: refused ?? reason(.labels, "give --labels FILE"))
    notes = all.flatMap(\.notes)
  }

  /// The lists of labels that are as long as the model's output. A person's list of another length is an error, a
  /// program's is not used.
  private static func fitting(
    _ claims: [Claim<[String]>], _ classCount: Int?, _ path: String
  ) throws(GalleyError) -> (claims: [Claim<[String]>], refused: String?) {
    guard let classCount else { return (claims, nil) }
    var fitting: [Claim<[String]>] = []
    var refused: String?
    for claim in claims {
      if claim.value.count == classCount {
        fitting.append(claim)
        continue
      }
      let why = "\(claim.origin) names \(claim.value.count) classes, and the model's output has \(classCount) scores"
      if claim.origin.source == .option || claim.origin.source == .card {
        throw GalleyError(
          .badData, "the labels don't fit the model", at: path, why: why,
          remedy: "Name every class of the model, in the order of its scores.")
      }
      refused = refused ?? why
    }
    return (fitting, refused)
  }
}
