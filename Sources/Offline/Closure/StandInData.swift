// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Datasets
public import Galley
public import Recipes

/// Ways to divide items into subsets, by name.
public typealias SplitRegistry = Registry<any ItemSplit>

/// Made-up data in the place of a data set that stays where it is: of the same format, with the same labels, and so that
/// the recipe's split gives every subset something. Nothing of the data set's content is in it.
public struct StandInData: Sendable {
  /// What the data at the site must be like; what is made fulfils it.
  public let need: SiteDataNeed
  private let maker: any StandInMaker
  private let perGroup: Int

  /// Looks at a recipe's data set.
  /// - Parameter splits: The ways to divide items, to find how many are needed.
  /// - Returns: `nil` if the data set names no file: it is then part of the program.
  /// - Throws: `GalleyError` if the data set isn't here or can't be read, if nothing of its kind can be made up, or if
  ///   the recipe's split wants items by their names.
  public init?(for recipe: Recipe, splits: SplitRegistry) throws {
    let data = try recipe.slot("data")
    guard let option = Self.path(of: data) else { return nil }
    let maker = try Self.maker(for: data, option, recipe.folder)
    let split = try recipe.slot("split")
    guard let entry = splits.entry(named: split.card.taxonomy) else {
      throw GalleyError(
        .software, "can't divide made-up data", at: split.card.taxonomy, why: "nobody knows this way to divide items")
    }
    perGroup = try Self.smallest(maker, try entry.make(split), seed: recipe.seed, folder: recipe.folder)
    self.maker = maker
    need = SiteDataNeed(
      path: "data.\(option)", ingredient: "\(data.card.taxonomy)@\(data.card.version)", format: maker.format,
      labels: maker.labels, minimumCount: perGroup * maker.groupCount, details: maker.details)
  }

  /// Writes made-up data.
  /// - Parameters:
  ///   - folder: A new or empty folder.
  ///   - count: How many items at least; never fewer than are needed.
  ///   - seed: The same seed, the same bytes.
  /// - Returns: the path that takes the data set's place in the recipe.
  /// - Throws: `GalleyError` if it can't be written.
  public func write(to folder: String, count: Int = 0, seed: UInt64) throws -> String {
    let groups = maker.groupCount
    return try maker.write(to: folder, perGroup: max(perGroup, (count + groups - 1) / groups), seed: seed)
  }

  /// The option that names the data set's file or folder.
  static func path(of data: FilledSlot) -> String? {
    data.card.options.first { declaration in
      guard declaration.kind.isPath, case .string(let path)? = data.options[declaration.name] else { return false }
      return !path.isEmpty
    }?.name
  }

  /// What is known without looking at the data set.
  static func unseen(_ data: FilledSlot, _ option: String) -> SiteDataNeed {
    SiteDataNeed(
      path: "data.\(option)", ingredient: "\(data.card.taxonomy)@\(data.card.version)", format: data.card.name)
  }

  private static func maker(for data: FilledSlot, _ option: String, _ folder: String) throws -> any StandInMaker {
    guard let path = data.paths(relativeTo: folder)[option] else {
      throw GalleyError(
        .missingInput, "can't make up data", at: "data.\(option)",
        why: "the data set is named by its content or address, and what it is like can only be seen where it is",
        remedy: "Give the path of the data set, or of a part of it: --data PATH.")
    }
    switch data.card.taxonomy {
    case ImageTable.card.taxonomy: return try TableStandIn(data.options(of: ImageTable.self), path, folder)
    case ImageItems.card.taxonomy: return try ImagesStandIn(data.options(of: ImageItems.self), path)
    default:
      throw GalleyError(
        .usage, "can't make up data", at: "data", why: "nobody knows what data of \(data.card.taxonomy) looks like",
        remedy: "Prepare the recipe with its data set: without --data-at-site.")
    }
  }

  /// The fewest items of each group with which the split works.
  private static func smallest(
    _ maker: any StandInMaker, _ split: any ItemSplit, seed: UInt64, folder: String
  ) throws -> Int {
    var last: any Error = CancellationError()
    for count in 1...mostPerGroup {
      do {
        _ = try split.subsets(of: maker.described(perGroup: count), seed: seed, relativeTo: folder)
        return count
      } catch {
        last = error
      }
    }
    throw GalleyError(
      .configuration, "can't make up data that the recipe's split takes", at: "split",
      why: (last as? GalleyError)?.why ?? "\(last)",
      remedy: "Choose a split that draws items, or prepare the recipe with its data set.")
  }

  private static let mostPerGroup = 1000
}

/// Makes data of one kind.
protocol StandInMaker: Sendable {
  /// The format's name.
  var format: String { get }
  /// The classes in their order.
  var labels: [String] { get }
  /// What else the data is like, one sentence each.
  var details: [String] { get }
  /// How many kinds of items there are: classes, in each subset that is stated.
  var groupCount: Int { get }
  /// Items as a split sees them.
  func described(perGroup count: Int) throws -> DescribedItems
  /// Writes a data set and tells where it is.
  func write(to folder: String, perGroup count: Int, seed: UInt64) throws -> String
}
