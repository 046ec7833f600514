// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A class of a data set.
public struct DatasetClass: Sendable, Hashable, Codable {
  /// Its name: opaque Unicode text, compared byte by byte by whoever cares; `Car` and `car` are two classes.
  public var name: String
  /// The name of the group it belongs to.
  public var parent: String?
  /// Names of its keypoints, in the order in which annotations give them.
  public var keypoints: [String]
  /// Pairs of keypoints, counted from 0, between which a line is drawn.
  public var skeleton: [[Int]]
  /// The number by which the source knows the class, if that isn't its position.
  public var foreignID: Int?

  /// Creates a class.
  public init(
    _ name: String, parent: String? = nil, keypoints: [String] = [], skeleton: [[Int]] = [], foreignID: Int? = nil
  ) {
    self.name = name
    self.parent = parent
    self.keypoints = keypoints
    self.skeleton = skeleton
    self.foreignID = foreignID
  }
}

/// Items with annotations, and the classes that these name: the one form between all formats of data sets.
public struct AnnotatedDataset: Sendable, Hashable, Codable {
  /// The classes; annotations refer to them by position.
  public var classes: [DatasetClass]
  /// The items in a stable order.
  public var items: [DatasetItem]
  /// What is known of the whole.
  public var metadata: [String: ConfigurationValue]

  /// Creates a data set.
  public init(classes: [DatasetClass] = [], items: [DatasetItem] = [], metadata: [String: ConfigurationValue] = [:]) {
    self.classes = classes
    self.items = items
    self.metadata = metadata
  }

  /// The names of the classes.
  public var labels: [String] { classes.map(\.name) }

  /// Number of annotations of all items.
  public var annotationCount: Int { items.reduce(0) { $0 + $1.annotations.count } }

  /// The subsets that the source names, in the order of their first items.
  public var subsetNames: [String] {
    var seen: Set<String> = []
    return items.compactMap(\.subset).filter { seen.insert($0).inserted }
  }

  /// The data set with these items only; classes stay, so that indices keep their meaning.
  public func selecting(_ isIncluded: (DatasetItem) throws -> Bool) rethrows -> AnnotatedDataset {
    AnnotatedDataset(classes: classes, items: try items.filter(isIncluded), metadata: metadata)
  }
}

extension Subset {
  /// The subset that a name from a data set means: `train`, `val2017`, `valid`, `testing` …; `nil` if it isn't clear.
  public init?(foreignName name: String) {
    let word = name.lowercased().prefix { $0.isLetter }
    switch word {
    case "train", "training", "trainval": self = .train
    case "val", "valid", "validation", "dev": self = .validation
    case "test", "testing", "testdev": self = .test
    default: return nil
    }
  }
}
