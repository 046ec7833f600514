// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Something that was found in a data set: what, where, how bad, and what can be done.
public struct DatasetFinding: Sendable, Hashable, Codable, CustomStringConvertible {
  /// How bad a finding is.
  public enum Severity: String, Sendable, Hashable, Codable, Comparable, CaseIterable {
    /// Worth knowing.
    case note
    /// Probably not what was meant.
    case warning
    /// Something is lost or wrong if nothing is done.
    case error

    private var rank: Int {
      switch self {
      case .note: 0
      case .warning: 1
      case .error: 2
      }
    }

    public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
  }

  /// The kinds of findings, by names that programs may rely on.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    case malformed = "malformed"
    case missingFile = "missing-file"
    case unreadableFile = "unreadable-file"
    case unreadableImage = "unreadable-image"
    case wrongExtension = "wrong-extension"
    case wrongSize = "wrong-size"
    case rotated = "exif-rotation"
    case boxOutside = "box-outside"
    case boxInverted = "box-inverted"
    case geometry = "geometry"
    case maskSize = "mask-size"
    case keypoints = "keypoints"
    case classOutOfRange = "class-out-of-range"
    case duplicateID = "duplicate-id"
    case similarLabels = "similar-labels"
    case unusedLabel = "unused-label"
    case emptyDataset = "empty-dataset"
    case emptySubset = "empty-subset"
    case missingSubset = "missing-subset"
    case withoutAnnotation = "without-annotation"
    case withoutImage = "without-image"
    case repeatedAnnotation = "repeated-annotation"
    case duplicateImage = "duplicate-image"
    case nearDuplicate = "near-duplicate"
    case leakage = "leakage"
    case imbalance = "imbalance"
    case labelOnlyInOneSubset = "label-missing-from-train"
    case smallObject = "small-object"
    case sizes = "sizes"
    case unsupported = "unsupported"
  }

  /// How bad it is.
  public var severity: Severity
  /// What kind of thing it is.
  public var kind: Kind
  /// Where: a file with line, or a key path; relative to the data set's root. Empty for the whole data set.
  public var place: String
  /// What was found and what was expected.
  public var message: String
  /// What `fixed()` does about it; `nil` if only a person can decide.
  public var fix: String?
  /// The item that is meant.
  public var item: String?

  /// Creates a finding.
  public init(
    _ severity: Severity, _ kind: Kind, at place: String = "", _ message: String, fix: String? = nil,
    item: String? = nil
  ) {
    self.severity = severity
    self.kind = kind
    self.place = place
    self.message = message
    self.fix = fix
    self.item = item
  }

  public var description: String {
    let head = place.isEmpty ? "\(severity.rawValue): \(message)" : "\(place): \(severity.rawValue): \(message)"
    return "\(head) [\(kind.rawValue)]" + (fix.map { "\n  fix: \($0)" } ?? "")
  }
}
