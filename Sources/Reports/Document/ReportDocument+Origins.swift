// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files

extension ReportDocument {
  /// One sentence for each model that was not trained here, and for each training that began with weights from a file.
  static func origins(_ report: RunReport) -> [String] {
    report.variants.compactMap { variant in
      if let file = variant.modelFile { return "\(variant.name): \(sentence(file))" }
      return variant.training?.weights.map { "\(variant.name): \(sentence($0))" }
    }
  }

  private static func sentence(_ file: ReportedModelFile) -> String {
    let producer = file.producer.isEmpty ? "" : ", written by \(file.producer)"
    return "not trained here: model file \(file.name), SHA-256 \(file.digest.hex), \(NumberText.bytes(file.byteCount))"
      + "\(producer). Preprocessing from \(file.preprocessingOrigin); classes from \(file.labelsOrigin)."
  }

  private static func sentence(_ weights: ReportedWeights) -> String {
    let fresh =
      weights.fresh.isEmpty
      ? ""
      : " The last layer began afresh (\(weights.fresh.joined(separator: ", "))), because theirs has another shape."
    return "training began with the weights of \(weights.name), SHA-256 \(weights.digest.hex).\(fresh)"
  }
}
