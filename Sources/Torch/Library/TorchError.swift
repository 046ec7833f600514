// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why something with LibTorch could not be done.
public struct TorchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure; more kinds may be added.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Storage: String {
      case wrongABI, invalidArgument, operationFailed, outOfMemory, duplicateName, stateMismatch
      case notExportable, malformedTensor
    }
    private let storage: Storage

    /// The shim library was built for another version of Galley.
    public static var wrongABI: Self { Self(storage: .wrongABI) }
    /// A value that the caller gave is outside what is accepted.
    public static var invalidArgument: Self { Self(storage: .invalidArgument) }
    /// LibTorch refused or failed.
    public static var operationFailed: Self { Self(storage: .operationFailed) }
    /// Memory ran out.
    public static var outOfMemory: Self { Self(storage: .outOfMemory) }
    /// Two parameters or buffers of one module have the same path.
    public static var duplicateName: Self { Self(storage: .duplicateName) }
    /// Saved weights don't belong to the module.
    public static var stateMismatch: Self { Self(storage: .stateMismatch) }
    /// The module does something that has no ONNX form here.
    public static var notExportable: Self { Self(storage: .notExportable) }
    /// A tensor's bytes, shape and element type don't belong together.
    public static var malformedTensor: Self { Self(storage: .malformedTensor) }

    /// The code's name.
    public var description: String { storage.rawValue }
  }

  /// The kind of failure.
  public let code: Code
  /// What failed, as a clause without a full stop: "conv2d failed".
  public let what: String
  /// Why: LibTorch's own words where it has some, otherwise what was found and what was expected.
  public let reason: String
  /// What to do about it, without a full stop.
  public let remedy: String

  /// Creates an error.
  public init(_ code: Code, _ what: String, because reason: String, remedy: String) {
    self.code = code
    self.what = what
    self.reason = reason
    self.remedy = remedy
  }

  /// The failure in one sentence.
  public var description: String { "\(what): \(reason); \(remedy)" }
}

extension TorchError {
  /// A layer's probability, if it is one.
  static func checked(probability: Double, of layer: String) throws(TorchError) -> Double {
    guard (0...1).contains(probability) else {
      throw TorchError(
        .invalidArgument, "\(layer) can't be made", because: "its probability is \(probability)",
        remedy: "use a number from 0 to 1")
    }
    return probability
  }
}
