// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Looks for everything that is wrong with a data set before it costs somebody a day.
public struct DatasetDoctor: Sendable {
  /// What is checked, and how strictly.
  public struct Settings: Sendable {
    /// Pixels by which a box may reach beyond its image: rounding makes small excesses.
    public var boxTolerance = 1.0
    /// Objects with a side of fewer pixels are mentioned.
    public var smallestSide = 2.0
    /// The most common class may have this many times as many annotations as the rarest.
    public var imbalance = 20.0
    /// Bits of 64 by which near-duplicates may differ.
    public var nearDuplicateBits = 4
    /// Whether files are read as a whole, so that equal ones are found.
    public var readsFiles = true
    /// Findings of one kind that are listed one by one; the rest is counted.
    public var listedPerKind = 100

    /// Creates settings.
    public init() {}
  }

  /// Gives a small grey image of an item: at least 9×8 pixels; `nil` if the item can't be decoded. It is called on
  /// several threads at once, with the item's bytes if they were read.
  public typealias Thumbnail = @Sendable (DatasetItem, [UInt8]?) throws -> GreyPicture?

  /// How strictly.
  public var settings: Settings
  /// Decodes items; without it near-duplicates are not looked for, and damage behind an image's header isn't found.
  let thumbnail: Thumbnail?

  /// Creates a doctor.
  public init(settings: Settings = Settings(), thumbnail: Thumbnail? = nil) {
    self.settings = settings
    self.thumbnail = thumbnail
  }

  /// All findings: those of reading, then those of the checks; errors first.
  public func examine(_ read: ReadDataset) -> DatasetReport {
    let images = ImageInspection(read.dataset, settings: settings, thumbnail: thumbnail)
    var findings = read.findings
    findings += FileChecks.findings(read, images)
    findings += GeometryChecks(settings: settings).findings(read.dataset, images)
    findings += LabelChecks.findings(read.dataset)
    findings += SubsetChecks.findings(read.dataset)
    findings += DuplicateChecks(settings: settings).findings(read.dataset, images)
    findings += BalanceChecks(settings: settings).findings(read.dataset)
    findings.append(contentsOf: SizeChecks.findings(read.dataset, images))
    return DatasetReport(
      format: read.format, summary: DatasetSummary(read.dataset, images),
      findings: Self.ordered(findings, listed: settings.listedPerKind))
  }

  /// Errors first, otherwise in the order in which they were found; of very many of one kind the first ones.
  private static func ordered(_ findings: [DatasetFinding], listed: Int) -> [DatasetFinding] {
    var counts: [DatasetFinding.Kind: Int] = [:]
    var kept: [DatasetFinding] = []
    for finding in findings {
      counts[finding.kind, default: 0] += 1
      if counts[finding.kind, default: 0] <= listed { kept.append(finding) }
    }
    for kind in DatasetFinding.Kind.allCases {
      guard let count = counts[kind], count > listed else { continue }
      let worst = findings.filter { $0.kind == kind }.map(\.severity).max() ?? .note
      kept.append(DatasetFinding(worst, kind, "\(count - listed) more findings of this kind are not listed"))
    }
    return DatasetFinding.Severity.allCases.reversed().flatMap { severity in kept.filter { $0.severity == severity } }
  }
}

/// A small grey image.
public struct GreyPicture: Sendable, Hashable {
  /// Pixels in a row.
  public var width: Int
  /// Pixels in a column.
  public var height: Int
  /// `width × height` values, row by row.
  public var values: [UInt8]

  /// Creates a picture.
  public init(width: Int, height: Int, values: [UInt8]) {
    self.width = width
    self.height = height
    self.values = values
  }
}

/// What the doctor found.
public struct DatasetReport: Sendable, Codable {
  /// The data set's format.
  public var format: DatasetFormat
  /// What is in it.
  public var summary: DatasetSummary
  /// What was found; errors first.
  public var findings: [DatasetFinding]

  /// Whether something is lost or wrong if nothing is done.
  public var hasErrors: Bool { findings.contains { $0.severity == .error } }
}

/// What is in a data set, in numbers.
public struct DatasetSummary: Sendable, Codable, Hashable {
  /// Number of items.
  public var items: Int
  /// Number of annotations.
  public var annotations: Int
  /// Items of each subset; those without one under "".
  public var subsets: [String: Int]
  /// Annotations of each class, in the order of the classes.
  public var classes: [ClassCount]
  /// The most common sizes of images.
  public var sizes: [SizeCount]

  /// A class and how often it occurs.
  public struct ClassCount: Sendable, Codable, Hashable {
    public var name: String
    public var count: Int
  }

  /// A size and how often it occurs.
  public struct SizeCount: Sendable, Codable, Hashable {
    public var size: PixelSize
    public var count: Int
  }

  init(_ dataset: AnnotatedDataset, _ images: ImageInspection) {
    items = dataset.items.count
    annotations = dataset.annotationCount
    subsets = Dictionary(dataset.items.map { ($0.subset ?? "", 1) }, uniquingKeysWith: +)
    let counts = dataset.labelCounts
    classes = dataset.classes.enumerated().map { ClassCount(name: $1.name, count: counts[$0]) }
    sizes = images.sizeCounts.prefix(10).map { SizeCount(size: $0.0, count: $0.1) }
  }
}

extension AnnotatedDataset {
  /// Annotations of each class.
  var labelCounts: [Int] {
    var counts = [Int](repeating: 0, count: classes.count)
    for item in items {
      for annotation in item.annotations {
        if let label = annotation.label, counts.indices.contains(label) { counts[label] += 1 }
      }
    }
    return counts
  }
}
