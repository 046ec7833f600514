// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why a native library can't be used. `description` is one sentence: what failed, where, why, and what to do.
public struct NativeLibraryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The kind of failure. More kinds may be added: switch with a default.
  public struct Code: Sendable, Hashable, CustomStringConvertible {
    private enum Value: String { case notFound, notLoadable, symbolMissing, versionUnsupported, installationDamaged }
    private let value: Value

    /// The library is in none of the places that were searched.
    public static let notFound = Code(value: .notFound)
    /// The file is there, and the dynamic linker refuses it.
    public static let notLoadable = Code(value: .notLoadable)
    /// The library is loaded, and lacks a symbol that Galley calls.
    public static let symbolMissing = Code(value: .symbolMissing)
    /// The library is loaded, and is too old or too new.
    public static let versionUnsupported = Code(value: .versionUnsupported)
    /// A folder of installed libraries contradicts itself.
    public static let installationDamaged = Code(value: .installationDamaged)

    /// The code's name.
    public var description: String { value.rawValue }
  }

  /// The kind of failure.
  public let code: Code
  /// What failed, as a sentence's beginning: `ONNX Runtime was not found`.
  public let failure: String
  /// The file or folder that it is about; nil when there is no single one.
  public let path: String?
  /// Why, in the words of whoever refused.
  public let reason: String
  /// What to do about it.
  public let advice: String
  /// Every place that was searched; empty unless the code is `notFound`.
  public let steps: [SearchStep]

  /// A failure with all its facts.
  public init(
    _ code: Code, failure: String, path: String? = nil, reason: String, advice: String, steps: [SearchStep] = []
  ) {
    self.code = code
    self.failure = failure
    self.path = path
    self.reason = reason
    self.advice = advice
    self.steps = steps
  }

  /// The library that was opened is of a version that Galley can't use; for rooms that ask a library its version.
  /// - Parameters:
  ///   - found: what the library says it is.
  ///   - needed: what Galley needs, `1.17 or newer` for example.
  public static func versionUnsupported(
    _ library: NativeLibrary, path: String, found: String, needed: String
  ) -> NativeLibraryError {
    NativeLibraryError(
      .versionUnsupported, failure: "\(library.displayName) can't be used", path: path,
      reason: "it is version \(found), and \(needed) is needed",
      advice: "to get the pinned version, \(library.remedy)")
  }

  /// The failure in one sentence.
  public var description: String {
    "\(failure)\(path.map { " (\($0))" } ?? ""): \(reason); \(advice)."
  }
}
