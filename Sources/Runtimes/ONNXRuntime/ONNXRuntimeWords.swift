// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors

/// Kinds and values in words, for ONNX Runtime's refusals.
enum ONNXRuntimeWords {
  static func of(_ kind: ValueKind) -> String {
    switch kind {
    case .tensor(let elementType, _): "a \(elementType) tensor"
    case .strings: "a tensor of texts"
    case .sequence(let inner): "a sequence, each \(of(inner))"
    case .map(let keys, let values): "a map of \(of(keys)) to \(of(values))"
    case .optional(let inner): "\(of(inner)) or nothing"
    }
  }

  static func of(_ value: ModelValue) -> String {
    switch value {
    case .tensor(let tensor): "a \(tensor.elementType) tensor of shape \(tensor.shape)"
    case .strings(let strings): "a tensor of texts of shape \(strings.shape)"
    case .sequence(let parts): "a sequence of \(parts.count)"
    case .map: "a map"
    case .absent: "nothing"
    }
  }
}
