// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

/// The subsets that the data set states itself, all three of them.
public struct StatedSplit: ItemSplit {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// What becomes of items with the same bytes in two subsets.
    public var duplicates: SplitDuplicates

    /// Creates options.
    public init(duplicates: SplitDuplicates = .refused) { self.duplicates = duplicates }
  }

  public static let card = Card(
    taxonomy: "split.stated", version: SemanticVersion(1, 0, 0),
    summary: "The data set's own subsets for training, validation and testing; nothing is drawn.",
    options: [SplitDuplicates.option])

  public let duplicates: SplitDuplicates

  public init(_ options: Options) { duplicates = options.duplicates }

  public func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit {
    let stated = try StatedSubsets(items.dataset).subsets
    let lacking = Subset.allCases.filter { stated[$0] == nil }
    guard lacking.isEmpty else {
      throw GalleyError(
        .badData, "can't split the data", at: "split",
        why: "the data set states no items for \(lacking.map(\.rawValue).joined(separator: " and "))",
        remedy: "Have what is lacking drawn from the training items: split: stratified.")
    }
    return try DatasetSplit(stated)
  }
}

/// The options of a split that says of each subset which items it has: the typed form of its card's.
public struct SaidSplitOptions: Codable, Sendable, Equatable {
  /// Which items are for training: a list's path, or a condition.
  public var train: String
  /// Which items are for validation.
  public var validation: String
  /// Which items are for testing.
  public var test: String
  /// What becomes of items with the same bytes in two subsets.
  public var duplicates: SplitDuplicates

  /// Creates options.
  public init(train: String, validation: String, test: String, duplicates: SplitDuplicates = .refused) {
    self.train = train
    self.validation = validation
    self.test = test
    self.duplicates = duplicates
  }

  /// What is said of each subset.
  var subsets: [(Subset, String)] { [(.train, train), (.validation, validation), (.test, test)] }
}

/// The subsets that lists state: one item in each line, by its id, its file's name, or its name without ending.
public struct ListedSplit: ItemSplit {
  public typealias Options = SaidSplitOptions

  public static let card = Card(
    taxonomy: "split.lists", version: SemanticVersion(1, 0, 0),
    summary: "Subsets by lists, one item in each line; items on no list are left out.",
    options: [
      OptionDeclaration("train", .path, default: nil, help: "The list of training items."),
      OptionDeclaration("validation", .path, default: nil, help: "The list of items for choosing."),
      OptionDeclaration("test", .path, default: nil, help: "The list of items for the reported figures."),
      SplitDuplicates.option,
    ])

  private let options: Options
  public var duplicates: SplitDuplicates { options.duplicates }

  public init(_ options: Options) { self.options = options }

  public func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit {
    var lists: [Subset: (file: String, text: String)] = [:]
    for (subset, path) in options.subsets {
      let path = path.hasPrefix("/") ? path : "\(folder)/\(path)"
      guard let data = try? Data(contentsOf: URL(filePath: path)) else {
        throw GalleyError(
          .missingInput, "can't read the list for \(subset.rawValue)", at: path,
          why: "the file is missing or may not be read", remedy: "Relative paths start at the recipe's folder.")
      }
      guard let text = String(validating: data, as: UTF8.self) else {
        throw GalleyError(.badData, "can't read the list for \(subset.rawValue)", at: path, why: "it is not UTF-8 text")
      }
      lists[subset] = (path, text)
    }
    return try .listed(items.dataset, lists)
  }
}

/// The subsets that a file of `galley data split` states.
public struct SplitByFile: ItemSplit {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// The file.
    public var path: String
    /// What becomes of items with the same bytes in two subsets.
    public var duplicates: SplitDuplicates

    /// Creates options.
    public init(path: String, duplicates: SplitDuplicates = .refused) {
      self.path = path
      self.duplicates = duplicates
    }
  }

  public static let card = Card(
    taxonomy: "split.file", version: SemanticVersion(1, 0, 0),
    summary: "Subsets by the file that galley data split writes; items that it doesn't name are left out.",
    options: [
      OptionDeclaration("path", .path, default: nil, help: "The file (galley.split/1)."), SplitDuplicates.option,
    ])

  private let options: Options
  public var duplicates: SplitDuplicates { options.duplicates }

  public init(_ options: Options) { self.options = options }

  public func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit {
    let path = options.path.hasPrefix("/") ? options.path : "\(folder)/\(options.path)"
    return try SplitDocument(contentsOf: path).split
  }
}

/// The subsets that conditions state; see ``ItemFilter`` for what they may mention.
public struct FilteredSplit: ItemSplit {
  public typealias Options = SaidSplitOptions

  public static let card = Card(
    taxonomy: "split.filter", version: SemanticVersion(1, 0, 0),
    summary: "Subsets by conditions on items; items that fulfil none are left out.",
    options: [
      OptionDeclaration(
        "train", .string, default: nil, help: "Which items are for training: 'metadata.camera == \"roof\"'."),
      OptionDeclaration("validation", .string, default: nil, help: "Which items are for choosing."),
      OptionDeclaration("test", .string, default: nil, help: "Which items are for the reported figures."),
      SplitDuplicates.option,
    ])

  private let filters: [(Subset, ItemFilter)]
  public let duplicates: SplitDuplicates

  public init(_ options: Options) throws {
    filters = try options.subsets.map {
      subset, text throws(GalleyError) in
      do throws(GalleyError) {
        return (subset, try ItemFilter(text))
      } catch {
        var error = error
        error.place = "split.\(subset.rawValue)" + (error.place.map { ", \($0)" } ?? "")
        throw error
      }
    }
    duplicates = options.duplicates
  }

  public func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit {
    var subsets: [Subset: [String]] = [:]
    for (subset, filter) in filters { subsets[subset] = try filter.apply(to: items.dataset).items.map(\.id) }
    return try DatasetSplit(subsets)
  }
}
