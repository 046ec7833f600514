// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why bytes are not the tensor they were said to be.
public struct TensorError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of mistake.
  public struct Code: Sendable, Hashable {
    private enum Storage { case sizeMismatch, typeMismatch, invalidShape, outOfRange, malformedFile }
    private let storage: Storage
    /// The number of bytes is not the shape's.
    public static var sizeMismatch: Self { Self(storage: .sizeMismatch) }
    /// The tensor holds another element type.
    public static var typeMismatch: Self { Self(storage: .typeMismatch) }
    /// A dimension is negative, or their product overflows.
    public static var invalidShape: Self { Self(storage: .invalidShape) }
    /// An index lies outside the tensor.
    public static var outOfRange: Self { Self(storage: .outOfRange) }
    /// A file's bytes don't follow their format.
    public static var malformedFile: Self { Self(storage: .malformedFile) }
  }

  /// The kind of mistake.
  public let code: Code
  /// What was found and what was expected, in one sentence without a full stop.
  public let description: String

  /// Creates an error.
  public init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}
