// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Recipes

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

extension SiteDataNeed {
  /// What recipes need of the data sets that are left out, each need once. Of a data set that can't be looked at only
  /// the format is told, and why.
  static func needs(of recipes: [Recipe], _ splits: SplitRegistry?) -> [SiteDataNeed] {
    var looked: [Look] = []
    var needs: [SiteDataNeed] = []
    for recipe in recipes {
      guard let data = recipe.slots["data"], let option = StandInData.path(of: data) else { continue }
      let look = Look(data: data, split: recipe.slots["split"], seed: recipe.seed)
      guard !looked.contains(look) else { continue }
      looked.append(look)
      var need = StandInData.unseen(data, option)
      do {
        if let splits, let seen = try StandInData(for: recipe, splits: splits) { need = seen.need }
      } catch {
        need.details.append((error as? GalleyError).map { "\($0.what): \($0.why)" } ?? "\(error)")
      }
      if !needs.contains(need) { needs.append(need) }
    }
    return needs
  }

  /// What decides a need.
  private struct Look: Equatable {
    var data: FilledSlot
    var split: FilledSlot?
    var seed: UInt64
  }
}
