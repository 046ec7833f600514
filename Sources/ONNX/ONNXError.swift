// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why a model could not be read, built, checked, changed or written.
///
/// The four parts answer what failed, where, why, and what to do; ``description`` puts them in that order.
public struct ONNXError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of mistake; more kinds may be added.
  public struct Code: Sendable, Hashable {
    private enum Storage {
      case unreadableFile, tooLarge, malformed, emptyGraph, unsupported, invalidModel, shapeMismatch, notQuantizable
      case missingRange, invalidRange, unwritableFile, invalidArgument
    }
    private let storage: Storage

    /// The file is missing, is not a regular file, or can't be read.
    public static var unreadableFile: Self { Self(storage: .unreadableFile) }
    /// The bytes are more than a protobuf message can hold (2 GiB).
    public static var tooLarge: Self { Self(storage: .tooLarge) }
    /// The bytes are not an ONNX model, or end too early.
    public static var malformed: Self { Self(storage: .malformed) }
    /// The graph computes nothing.
    public static var emptyGraph: Self { Self(storage: .emptyGraph) }
    /// The model uses something that this library does not handle.
    public static var unsupported: Self { Self(storage: .unsupported) }
    /// The model breaks a rule of the ONNX specification.
    public static var invalidModel: Self { Self(storage: .invalidModel) }
    /// The shapes or element types of a node's tensors do not fit together.
    public static var shapeMismatch: Self { Self(storage: .shapeMismatch) }
    /// The model can't be quantized, or is quantized already.
    public static var notQuantizable: Self { Self(storage: .notQuantizable) }
    /// The calibration gave no range for a tensor.
    public static var missingRange: Self { Self(storage: .missingRange) }
    /// A range is not finite, or its minimum lies above its maximum.
    public static var invalidRange: Self { Self(storage: .invalidRange) }
    /// The file can't be written.
    public static var unwritableFile: Self { Self(storage: .unwritableFile) }
    /// A value that the caller gave is outside its bounds.
    public static var invalidArgument: Self { Self(storage: .invalidArgument) }
  }

  /// The kind of mistake.
  public let code: Code
  /// What failed, without a full stop.
  public let what: String
  /// Where: a file, a node or a tensor.
  public let location: String
  /// Why, without a full stop.
  public let reason: String
  /// What to do about it, without a full stop.
  public let remedy: String

  /// Creates an error from its four parts.
  public init(_ code: Code, _ what: String, at location: String, because reason: String, remedy: String) {
    self.code = code
    self.what = what
    self.location = location
    self.reason = reason
    self.remedy = remedy
  }

  /// The four parts as a sentence and an advice.
  public var description: String { "\(what) (\(location)): \(reason); \(remedy)" }

  /// The same error at a more exact place.
  func located(at location: String) -> ONNXError {
    ONNXError(code, what, at: location, because: reason, remedy: remedy)
  }
}
