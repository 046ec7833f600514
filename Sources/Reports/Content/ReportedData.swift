// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// The data set that a run used.
public struct ReportedData: Sendable, Hashable, Codable {
  /// Its name.
  public var name: String
  /// Its licence.
  public var licence: String
  /// How to cite it.
  public var citation: String
  /// Digest of all items.
  public var digest: Digest
  /// Digest of the split: which item is in which subset; `nil` in reports that didn't tell.
  public var split: Digest?
  /// The classes' names.
  public var labels: [String]
  /// The subsets.
  public var subsets: [ReportedSubset]

  /// Describes a data set.
  public init(
    name: String, licence: String, citation: String, digest: Digest, split: Digest? = nil, labels: [String],
    subsets: [ReportedSubset]
  ) {
    self.name = name
    self.licence = licence
    self.citation = citation
    self.digest = digest
    self.split = split
    self.labels = labels
    self.subsets = subsets
  }
}

/// One subset's size.
public struct ReportedSubset: Sendable, Hashable, Codable {
  /// Which subset.
  public var subset: Subset
  /// Items of each class, in the order of the labels.
  public var countsByClass: [Int]

  /// Describes a subset.
  public init(subset: Subset, countsByClass: [Int]) {
    self.subset = subset
    self.countsByClass = countsByClass
  }

  /// Number of items.
  public var count: Int { countsByClass.reduce(0, +) }
}
