// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Datasets
public import Galley

/// How an engine understands its data set.
public struct DataOptions: VerbOptions {
  /// What the items are labelled for; `nil`: found from the annotations.
  public var task: EngineTask?
  /// The format; `nil`: recognised.
  public var dataFormat: DatasetFormat?
  /// Whether subsets that the data set states are used.
  public var subsets = SubsetRule.stated
  /// Part of the items for training, where subsets are drawn.
  public var trainPart = 0.7
  /// Part of the items for choosing.
  public var validationPart = 0.15
  /// Part of the items for the reported figures.
  public var testPart = 0.15
  /// Seed of drawn subsets.
  public var splitSeed = 2026
  /// What items have in common that stay in one subset, where subsets are drawn: see `ItemGroup`; `nil` for nothing.
  public var groupBy: String?
  /// A file of `galley data split` that says which item is in which subset; `nil`: the other options say it.
  public var split: String?
  /// What becomes of items with the same bytes in two stated subsets.
  public var duplicates = SplitDuplicates.refused

  /// Whether subsets that a data set states are used.
  public enum SubsetRule: String, Codable, Sendable, CaseIterable {
    /// They are, and what is lacking is drawn from the training items.
    case stated
    /// All items are divided anew.
    case ignored
  }

  /// The defaults.
  public init() {}

  public static let declarations: [OptionDeclaration] = [
    OptionDeclaration(
      "task", .optional(.choice(EngineTask.allCases.map { Choice($0.rawValue) }), word: "auto"), default: .null,
      help: "What the items are labelled for; auto finds it from the annotations."),
    OptionDeclaration(
      "dataFormat", .optional(.choice(DatasetFormat.allCases.map { Choice($0.rawValue) }), word: "auto"),
      default: .null, help: "The data set's format; auto recognises it."),
    OptionDeclaration(
      "subsets", .choice(SubsetRule.allCases.map { Choice($0.rawValue) }), default: "stated",
      help: "Whether subsets that the data set states are used; what it lacks is drawn from the training items."),
    OptionDeclaration(
      "trainPart", .float(minimum: 0.01, maximum: 0.98), default: 0.7,
      help: "Part of the items for training, where subsets are drawn."),
    OptionDeclaration(
      "validationPart", .float(minimum: 0.01, maximum: 0.98), default: 0.15, help: "Part of the items for choosing."),
    OptionDeclaration(
      "testPart", .float(minimum: 0.01, maximum: 0.98), default: 0.15,
      help: "Part of the items for the reported figures."),
    OptionDeclaration(
      "splitSeed", .int(minimum: 0, maximum: .max), default: 2026, help: "Seed of drawn subsets."),
    OptionDeclaration(
      "groupBy", .optional(.string, word: "none"), default: .null,
      help: "Items that stay in one subset where subsets are drawn: those of a folder, of a name without the number "
        + "at its end, or of one value of a metadata key."),
    OptionDeclaration(
      "split", .optional(.path, word: "none"), default: .null,
      help: "A file of galley data split that says which item is in which subset; items that it doesn't name are "
        + "left out."),
    OptionDeclaration(
      "duplicates", .choice(SplitDuplicates.allCases.map { Choice($0.rawValue) }), default: "refused",
      help: "Whether items with the same bytes in two stated subsets are an error, or a declared exception."),
  ]
}

/// The data set of an engine as its user names it.
public struct DataSource: Sendable, Hashable, Codable {
  /// A folder, an archive, the file that describes the data set, a prepared file or a listing of Galley's.
  public var path: String
  /// How it is understood.
  public var options: ChosenOptions<DataOptions>

  /// Names a data set.
  public init(_ path: String, _ options: ChosenOptions<DataOptions>) {
    self.path = path
    self.options = options
  }

  /// Names a data set, understood as it is recognised.
  /// - Throws: `GalleyError` only by a mistake in Galley.
  public init(_ path: String) throws(GalleyError) { self.init(path, try ChosenOptions()) }
}
