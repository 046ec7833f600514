// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why an image can't be read, written or changed.
public struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure.
  public struct Code: Sendable, Hashable {
    private enum Storage {
      case unavailable, missing, unknownFormat, unsupported, damaged, tooLarge, invalidSize, invalidArgument, unwritable
    }
    private let storage: Storage
    /// libvips is not installed, or is too old.
    public static var unavailable: Self { Self(storage: .unavailable) }
    /// The file is missing or can't be read.
    public static var missing: Self { Self(storage: .missing) }
    /// The bytes begin like no image format that is read.
    public static var unknownFormat: Self { Self(storage: .unknownFormat) }
    /// A format that is read, in a form that isn't.
    public static var unsupported: Self { Self(storage: .unsupported) }
    /// The bytes are cut off or broken.
    public static var damaged: Self { Self(storage: .damaged) }
    /// The image is larger than the limits allow.
    public static var tooLarge: Self { Self(storage: .tooLarge) }
    /// A size is not positive, or bytes don't agree with it.
    public static var invalidSize: Self { Self(storage: .invalidSize) }
    /// A parameter lies outside its range.
    public static var invalidArgument: Self { Self(storage: .invalidArgument) }
    /// The file can't be written.
    public static var unwritable: Self { Self(storage: .unwritable) }
  }

  /// The kind of failure.
  public let code: Code
  /// The file or item, if the image came from one.
  public var place: String?
  /// What was found and what was expected, in one sentence without a full stop.
  public let reason: String
  /// What the reader can do about it.
  public let remedy: String?

  /// Creates an error.
  public init(_ code: Code, _ reason: String, at place: String? = nil, remedy: String? = nil) {
    self.code = code
    self.reason = reason
    self.place = place
    self.remedy = remedy
  }

  /// The same failure of the image at `place`.
  func at(_ place: String) -> ImageError {
    ImageError(code, reason, at: self.place ?? place, remedy: remedy)
  }

  public var description: String {
    let head = place.map { "\($0): \(reason)" } ?? reason
    return remedy.map { "\(head)\n  \($0)" } ?? head
  }
}
