// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// The models of a run, copied to where their user looks for them: `models/wide-int8.onnx` beside the report.
struct DeliveredModels {
  /// The folder of the report.
  let output: String
  /// The variants' names.
  let variants: [String]

  /// Where each variant's model goes, in the order of the variants.
  var paths: [String] {
    var used: Set<String> = []
    return variants.enumerated().map { position, variant in
      var name = Self.fileName(variant)
      // Two names may differ only in characters that a file's name can't have.
      if !used.insert(name).inserted {
        name += "-\(position + 1)"
        used.insert(name)
      }
      return "\(output)/models/\(name).onnx"
    }
  }

  /// Copies the models.
  /// - Throws: `GalleyError` if one can't be written; earlier files stay as they were.
  func deliver(_ models: [ModelFile]) throws(GalleyError) {
    for (model, path) in zip(models, paths) {
      do throws(FileError) {
        try AtomicFile.copy(model.path, to: path)
      } catch {
        throw GalleyError(writing: error, "can't deliver a model")
      }
    }
  }

  /// A name as far as it can be part of a file's name.
  static func fileName(_ text: String) -> String {
    let word = text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return word.isEmpty ? "model" : String(word.prefix(40))
  }
}
