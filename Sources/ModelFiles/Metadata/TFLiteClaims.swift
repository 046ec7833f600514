// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What TensorFlow Lite's metadata say of what a model expects.
enum TFLiteClaims {
  static func claims(_ model: TFLiteFile) -> ExpectationClaims {
    var claims = ExpectationClaims()
    addQuantization(model, &claims)
    guard case .success(let metadata?) = TFLiteMetadata.read(model) else { return claims }
    readNormalization(metadata, &claims)
    switch metadata.colorSpace {
    case 1: claims.colorOrder = Claim(.rgb, .tfliteMetadata, "TFLITE_METADATA's colour space of the input")
    case 2: claims.colorOrder = Claim(.gray, .tfliteMetadata, "TFLITE_METADATA's colour space of the input")
    default: break
    }
    guard let name = metadata.labelFiles.first else { return claims }
    guard let content = model.attachments[name] else {
      claims.reasons[.labels] = "TFLITE_METADATA names the file '\(name)', which is not attached"
      return claims
    }
    do throws(GalleyError) {
      claims.labels = Claim(
        try LabelFile.labels(content, name), .tfliteMetadata, "the file '\(name)' attached to the model")
    } catch {
      claims.reasons[.labels] = "the attached labels can't be used: \(error.place ?? name): \(error.why)"
    }
    return claims
  }

  /// Means and deviations are those of values from 0 to 255.
  private static func readNormalization(_ metadata: TFLiteMetadata, _ claims: inout ExpectationClaims) {
    guard !metadata.mean.isEmpty || !metadata.deviation.isEmpty else { return }
    let mean = metadata.mean.isEmpty ? [0] : metadata.mean
    let deviation = metadata.deviation.isEmpty ? [1] : metadata.deviation
    guard (mean + deviation).allSatisfy(\.isFinite), deviation.allSatisfy({ $0 != 0 }),
      [1, 3, 4].contains(mean.count), [1, 3, 4].contains(deviation.count)
    else {
      claims.reasons[.normalization] = "TFLITE_METADATA's means \(mean) and deviations \(deviation) can't be used"
      return
    }
    claims.normalization = Claim(
      Normalization(scale: 1, mean: mean, deviation: deviation), .tfliteMetadata,
      "TFLITE_METADATA's normalization of the input")
  }

  /// Whole numbers at the model's border stand for real ones, and preprocessing gives real ones.
  private static func addQuantization(_ model: TFLiteFile, _ claims: inout ExpectationClaims) {
    guard let graph = model.main else { return }
    for (kind, indices) in [("input", graph.inputs), ("output", graph.outputs)] {
      for index in indices {
        let tensor = graph.tensors[index]
        guard let quantization = tensor.quantization, let scale = quantization.scales.first else { continue }
        claims.notes.append(
          "The \(kind) '\(tensor.name)' is \(tensor.elementType.description.lowercased()): "
            + "real = \(scale) * (whole - \(quantization.zeroPoints.first ?? 0)).")
      }
    }
  }
}
