// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a data set is called, whose it is, and how to cite it.
///
/// It lies beside the data as JSON: `digits.about.json` for `digits.csv`.
public struct DataDescription: Sendable, Hashable, Codable {
  /// Name for people.
  public var name: String
  /// SPDX identifier of the licence, or its name.
  public var licence: String
  /// How to cite the data.
  public var citation: String
  /// Where the data came from.
  public var source: String

  /// Creates a description.
  public init(name: String, licence: String, citation: String, source: String) {
    self.name = name
    self.licence = licence
    self.citation = citation
    self.source = source
  }
}
