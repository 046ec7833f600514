// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The options of a split that draws: the typed form of its card's.
public struct DrawnSplitOptions: Codable, Sendable, Equatable {
  /// Part for training.
  public var train: Double
  /// Part for validation.
  public var validation: Double
  /// Part for testing.
  public var test: Double
  /// What becomes of items with the same bytes in two subsets.
  public var duplicates: SplitDuplicates

  /// Creates options.
  public init(
    train: Double = 0.6, validation: Double = 0.2, test: Double = 0.2, duplicates: SplitDuplicates = .refused
  ) {
    self.train = train
    self.validation = validation
    self.test = test
    self.duplicates = duplicates
  }

  /// The parts.
  /// - Throws: `GalleyError` if they don't add up to 1.
  var parts: SubsetParts {
    get throws(GalleyError) { try SubsetParts(train: train, validation: validation, test: test) }
  }

  /// The options of a card.
  /// - Parameter whole: what is divided.
  static func declarations(partsOf whole: String = "the items") -> [OptionDeclaration] {
    let uses = [("train", 0.6, "training"), ("validation", 0.2, "choosing"), ("test", 0.2, "the reported figures")]
    return uses.map { name, part, use in
      OptionDeclaration(
        name, .float(minimum: 0.01, maximum: 0.98), default: .float(part), help: "Part of \(whole) for \(use).")
    } + [SplitDuplicates.option]
  }
}

/// Divides items by seed, whatever their classes are.
public struct SeededSplit: ItemSplit {
  public typealias Options = DrawnSplitOptions

  public static let card = Card(
    taxonomy: "split.random", version: SemanticVersion(1, 0, 0),
    summary: "Divides items by seed, whatever their classes are; subsets that the data states are kept.",
    options: DrawnSplitOptions.declarations())

  private let parts: SubsetParts
  public let duplicates: SplitDuplicates

  public init(_ options: Options) throws {
    parts = try options.parts
    duplicates = options.duplicates
  }

  public func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit {
    try StatedSubsets(items.dataset).completed(parts) {
      try .random($0, parts: $1, seed: seed, stratified: false)
    }
  }
}

/// Divides groups of items by seed: the frames of one video, the images of one patient are in one subset.
public struct GroupedSplit: ItemSplit {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// What items of a group have in common; see ``ItemGroup``.
    public var by: String
    /// Part of the items for training.
    public var train: Double
    /// Part of the items for validation.
    public var validation: Double
    /// Part of the items for testing.
    public var test: Double
    /// What becomes of items with the same bytes in two subsets.
    public var duplicates: SplitDuplicates

    /// Creates options.
    public init(
      by: String, train: Double = 0.6, validation: Double = 0.2, test: Double = 0.2,
      duplicates: SplitDuplicates = .refused
    ) {
      self.by = by
      self.train = train
      self.validation = validation
      self.test = test
      self.duplicates = duplicates
    }
  }

  public static let card = Card(
    taxonomy: "split.grouped", version: SemanticVersion(1, 0, 0),
    summary: "Divides groups of items by seed: all frames of a video are in one subset.",
    options: [
      OptionDeclaration(
        "by", .string, default: .string("folder"),
        help: "What a group has in common: 'folder', 'name' without its number at the end, or a key of the metadata.")
    ] + DrawnSplitOptions.declarations())

  private let options: Options
  private let parts: SubsetParts
  public var duplicates: SplitDuplicates { options.duplicates }

  public init(_ options: Options) throws {
    parts = try SubsetParts(train: options.train, validation: options.validation, test: options.test)
    self.options = options
  }

  public func split(_ items: DescribedItems, seed: UInt64, relativeTo folder: String) throws -> DatasetSplit {
    let group = try ItemGroup(options.by, of: items.dataset, at: "split.by")
    let stated = try StatedSubsets(items.dataset)
    if !stated.subsets.isEmpty { try group.checkStated(items.dataset) }
    return try stated.completed(parts) { try .grouped($0, parts: $1, seed: seed, by: group.name) }
  }
}

/// What items of a group have in common.
public struct ItemGroup: Sendable {
  private enum Kind: Sendable {
    case folder, name
    case metadata(String)
  }

  private let kind: Kind

  /// Understands `folder`, `name` (the file's name without the number at its end: `clip7_0012.png` is of `clip7`), or a
  /// key of the items' metadata.
  /// - Parameter place: what an error points at.
  /// - Throws: `GalleyError` with what there is, if no item has such metadata.
  public init(_ text: String, of dataset: AnnotatedDataset, at place: String) throws(GalleyError) {
    switch text {
    case "folder": kind = .folder
    case "name": kind = .name
    default:
      guard dataset.items.contains(where: { $0.metadata[text] != nil }) else {
        let known = ["folder", "name"] + Set(dataset.items.flatMap(\.metadata.keys)).sorted()
        throw GalleyError(
          .usage, "can't split the data", at: place, why: "no item has the metadata '\(text)'",
          remedy: NearestName.match(text, in: known).map { "Did you mean '\($0)'?" }
            ?? "There is \(known.joined(separator: ", ")).")
      }
      kind = .metadata(text)
    }
  }

  /// The group of an item; `nil` if it is one of its own.
  public func name(of item: DatasetItem) -> String? {
    switch kind {
    case .folder: return item.id.split(separator: "/").dropLast().joined(separator: "/")
    case .name:
      let path = item.id.split(separator: "/")
      let file = path.last ?? ""
      var stem = file[..<(file.lastIndex(of: ".") ?? file.endIndex)]
      while let last = stem.last, last.isASCII, last.isNumber { stem.removeLast() }
      while let last = stem.last, "_-. (".contains(last) { stem.removeLast() }
      return stem.isEmpty ? nil : (path.dropLast() + [stem]).joined(separator: "/")
    case .metadata(let key): return item.metadata[key]?.description
    }
  }

  /// Refuses subsets of a data set that share a group.
  /// - Throws: `GalleyError` that names two items of one group.
  package func checkStated(_ dataset: AnnotatedDataset) throws(GalleyError) {
    var firsts: [String: DatasetItem] = [:]
    for item in dataset.items {
      guard let name = name(of: item) else { continue }
      guard let first = firsts[name] else {
        firsts[name] = item
        continue
      }
      guard first.subset.flatMap(Subset.init(foreignName:)) == item.subset.flatMap(Subset.init(foreignName:)) else {
        throw GalleyError(
          .badData, "can't split the data", at: item.id,
          why:
            "the data set has it in \(item.subset ?? "no subset") and '\(first.id)' of the same group, '\(name)', in "
            + (first.subset ?? "no subset"),
          remedy: "Split all items anew: data.subsets: ignored.")
      }
    }
  }
}
