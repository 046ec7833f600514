// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How versions of ONNX's operator set and of its file format belong together.
///
/// Source: the table of versions in ONNX's documentation (Versioning.md).
enum OperatorSetVersion {
  /// Newest operator set that is known here.
  static let newest = 28
  /// Newest file format that is known here.
  static let newestIRVersion = 14

  /// The oldest file format that goes with an operator set: the one of the same release of ONNX, and at least 4, the
  /// first in which an initializer need not be an input too.
  static func irVersion(forOpset opset: Int) -> Int {
    switch opset {
    case ...9: 4
    case 10: 5
    case 11: 6
    case 12...14: 7
    case 15...18: 8
    case 19...20: 9
    case 21...22: 10
    case 23: 11
    case 24: 12
    case 25...27: 13
    default: 14
    }
  }
}
