// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
public import Tensors

/// A small model by what it computes. `Models/make_models.py` makes them as ONNX files; a runtime of another format
/// brings files of the same meaning, whose inputs and outputs may have other names.
public enum ConformanceModel: Sendable, Hashable {
  /// `y` is `x`, both [2, 3].
  case identity(ElementType)
  /// `y` is 2 `x` + 1, float32, any number of rows of four values.
  case affine
  /// The sum and the product, in this order, of two float32 inputs, all [2, 3].
  case pair
  /// `y` is `x` + 1, float32, no dimensions.
  case scalar
  /// The positions of those of five float32 values that are not zero, as int64 [1, their number].
  case nonzero
  /// The texts of `x`, twice.
  case texts
  /// A sequence of float32 tensors and a tensor `t`: the sequence with `t` at its end, and its length as an int64 scalar.
  case sequence
  /// An optional float32 tensor [2]: whether it holds something, and the optional itself.
  case optional
  /// A map of texts to float32: its values for a, b, c as [1, 3], and a sequence of one map of these.
  case map
  /// The 65th power of a float32 square matrix of any size, by 64 products.
  case long
  /// `y` is `x` + [0, 1, … 255], float32, the weights in a file beside the model.
  case external

  private var name: String {
    switch self {
    case .identity(let elementType): "identity-\(elementType.rawValue)"
    case .affine: "affine"
    case .pair: "pair"
    case .scalar: "scalar"
    case .nonzero: "nonzero"
    case .texts: "texts"
    case .sequence: "sequence"
    case .optional: "optional"
    case .map: "map"
    case .long: "long"
    case .external: "external"
    }
  }

  /// The model as an ONNX file of this room.
  /// - Throws: `GalleyError` if the file is missing.
  public func onnxFile() throws -> ModelFile? { try onnxFile(in: #filePath) }

  private func onnxFile(in source: String) throws -> ModelFile {
    let folder = URL(filePath: source).deletingLastPathComponent().appending(path: "Models")
    return try ModelFile(at: folder.appending(path: "\(name).onnx").path, format: .onnx)
  }
}
