// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// The files beside an ONNX model in which some of its weights lie (`external_data`).
struct ExternalWeights {
  /// The paths of those that are there.
  var paths: [String] = []
  /// What is wrong with the others, as sentences.
  var notes: [String] = []

  init(_ model: Model, besideModelAt path: String) {
    var locations: Set<String> = []
    for tensor in model.proto.graph.initializer {
      for entry in tensor.externalData where entry.key == "location" { locations.insert(entry.value) }
    }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    for location in locations.sorted() {
      // A model must not make anybody read what lies elsewhere.
      if location.hasPrefix("/") || location.split(separator: "/").contains("..") {
        notes.append(
          "Weights are said to lie in '\(location)', outside the model's folder; no runtime here reads that.")
      } else if FileContents.isFile(folder + location) {
        paths.append(folder + location)
      } else {
        notes.append("The file '\(location)' with weights is missing beside the model.")
      }
    }
  }
}
