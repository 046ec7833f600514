// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A data set that is left out because it is there where the recipe is run, and what it must be like.
public struct SiteDataNeed: Sendable, Hashable, Codable {
  /// The place of the recipe that names it: `data.path`.
  public var path: String
  /// The ingredient that reads it: `data.classification.image-table@1.0.0`.
  public var ingredient: String
  /// The format: `image-table`, `image-folders`, `coco`.
  public var format: String
  /// The classes, in their order; empty if they aren't known, because the data set isn't here.
  public var labels: [String]
  /// The fewest items with which every subset has one of each class that the split gives it; `nil` if not known.
  public var minimumCount: Int?
  /// What else it must be like, one sentence each.
  public var details: [String]

  /// Describes a need.
  public init(
    path: String, ingredient: String, format: String, labels: [String] = [], minimumCount: Int? = nil,
    details: [String] = []
  ) {
    self.path = path
    self.ingredient = ingredient
    self.format = format
    self.labels = labels
    self.minimumCount = minimumCount
    self.details = details
  }
}
