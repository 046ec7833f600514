// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// Files of a run's variants, copied to where their user looks for them: `models/wide-int8.onnx` beside the report.
struct DeliveredFiles {
  /// What files are.
  enum Kind {
    case checkpoints, models, measurements

    var folder: String {
      switch self {
      case .checkpoints: "checkpoints"
      case .models: "models"
      case .measurements: "measurements"
      }
    }

    var suffix: String {
      switch self {
      case .checkpoints: "safetensors"
      case .models: "onnx"
      case .measurements: "json"
      }
    }
  }

  /// What they are.
  let kind: Kind
  /// The folder of the report.
  let output: String
  /// The variants' names.
  let variants: [String]

  init(_ kind: Kind, output: String, variants: [String]) {
    (self.kind, self.output, self.variants) = (kind, output, variants)
  }

  /// Where each variant's file goes, in the order of the variants.
  var paths: [String] {
    var used: Set<String> = []
    return variants.enumerated().map { position, variant in
      var name = Self.fileName(variant)
      // Two names may differ only in characters that a file's name can't have.
      if !used.insert(name).inserted {
        name += "-\(position + 1)"
        used.insert(name)
      }
      return "\(output)/\(kind.folder)/\(name).\(kind.suffix)"
    }
  }

  /// Copies the files; a variant without one is left out.
  /// - Returns: where each variant's file is.
  /// - Throws: `GalleyError` if one can't be written; earlier files stay as they were.
  @discardableResult
  func deliver(_ files: [String?]) throws(GalleyError) -> [String?] {
    var delivered: [String?] = []
    for (file, path) in zip(files, paths) {
      if let file { try copy(file, to: path) }
      delivered.append(file == nil ? nil : path)
    }
    return delivered
  }

  private func copy(_ file: String, to path: String) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.copy(file, to: path)
    } catch {
      throw GalleyError(writing: error, "can't deliver a file")
    }
  }

  /// A name as far as it can be part of a file's name.
  static func fileName(_ text: String) -> String {
    let word = text.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
    return word.isEmpty ? "model" : String(word.prefix(40))
  }
}
