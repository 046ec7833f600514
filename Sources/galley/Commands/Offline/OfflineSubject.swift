// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Scenarios
internal import Galley
internal import Golden
internal import Offline
internal import Recipes
internal import Statistics

/// Which recipes a command is about: those of a file, or those of rows of golden volumes.
struct OfflineSubject: ParsableArguments {
  @Argument(help: "The recipe's file.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var recipe: String?

  @Option(
    help: "A place of which every choice is taken, or PATH=VALUE,VALUE; repeatable, then every combination counts.")
  var each: [String] = []

  @Option(help: "Take this data set in place of the recipe's own.", completion: .file())
  var data: String?

  @Option(help: "A golden volume whose rows are taken: a path, a name in the pantry, or 'local'; repeatable.")
  var golden: [String] = []

  @OptionGroup(title: "Rows of golden volumes") var rows: GoldenRowsOptions

  mutating func validate() throws {
    if (recipe == nil) == golden.isEmpty { throw ValidationError("Give a recipe's file, or --golden with a volume.") }
    if !golden.isEmpty, !each.isEmpty { throw ValidationError("--each is for a recipe's file, not for golden rows.") }
    if golden.isEmpty, rows.isSaid { throw ValidationError("What chooses rows needs --golden with a volume.") }
  }

  /// The draft of the recipe's file; `nil` for rows.
  func draft() throws -> RecipeDraft? {
    try recipe.map { try RecipeDraft(contentsOf: $0, catalogue: Catalogue.standard.cardCatalogue()) }
  }

  /// The recipes.
  func family(_ draft: RecipeDraft?, _ place: PantryOptions) throws -> RecipeFamily {
    guard let draft else { return try rows.family(golden, data: dataPath, place) }
    return try RecipeFamily(of: draft, each: each.map { try FamilyAxis($0) }, settings: try settings(draft))
  }

  /// The data set as the recipe names it: the place of its file is the first that takes a path.
  private func settings(_ draft: RecipeDraft) throws -> [ChoiceMade] {
    guard let dataPath else { return [] }
    let place = draft.entries.first { $0.path.hasPrefix("data.") && $0.declaration.kind.isPath && $0.isApplicable }
    guard let place else {
      throw GalleyError(
        .usage, "can't use --data", at: draft.path,
        why: "the recipe's data set, \(draft["data"] ?? .null), names no file",
        remedy: "Choose one that does: galley recipe options \(draft.path) data.")
    }
    return [ChoiceMade(path: place.path, value: .string(dataPath))]
  }

  /// An absolute path; contents and addresses stay as they are.
  private var dataPath: String? {
    data.map { path in
      ContentReference.digest(in: path) != nil || WebReference.isAddress(path)
        ? path : URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    }
  }
}

/// Which rows of golden volumes are taken, and how they become recipes.
struct GoldenRowsOptions: ParsableArguments {
  @Option(help: "The row whose id begins with these digits.")
  var row: String?

  @Option(help: "Rows for which this holds, like 'latency <= 10ms'.")
  var query: String?

  @Option(help: "The rows that trade accuracy against a metric best: exact or fuzzy.")
  var pareto: ChoiceMethod?

  @Option(help: "What the accuracy is traded against; several with commas.")
  var metric = "od_inf_rate_ms"

  @Option(help: "The accuracy: accuracy, framework_accuracy or relative_accuracy.")
  var accuracy = "accuracy"

  @Option(
    help: "metric_custom_best_to_worst, metric_accuracy_best_to_worst, angular_custom_to_accuracy or paretoness.")
  var sort = ChoiceOrder(.customBestToWorst)

  @Option(name: [.customLong("top"), .customLong("top-N-fuzzy")], help: "At most so many rows.")
  var top: Int?

  @Option(help: "Bounds that every chosen row keeps, like 'latency <= 10ms, accuracy >= 0.92'.")
  var bounds: String?

  @Option(help: "Only rows of this task.")
  var taskOfRecipe: String?

  @Flag(help: "Take ingredients in newer versions than the rows were measured with.")
  var allowUpgrade = false

  @Flag(help: "Take ingredients and choices that should no longer be chosen.")
  var allowDeprecated = false

  @Flag(help: "Fill places that a row leaves empty, as 'galley recipe fill' does.")
  var defaultFill = false

  mutating func validate() throws {
    if let top, top < 1 { throw ValidationError("--top must be 1 or more.") }
    if row != nil, query != nil || pareto != nil {
      throw ValidationError("--row names one row; --query and --pareto choose among all.")
    }
    if pareto == nil, top != nil || bounds != nil { throw ValidationError("--top and --bounds need --pareto.") }
  }

  var isSaid: Bool {
    row != nil || query != nil || pareto != nil || taskOfRecipe != nil || allowUpgrade || allowDeprecated || defaultFill
  }

  private func selection() throws -> GoldenSelection {
    if let row { return .row(row) }
    let condition = try query.map { try GoldenCondition($0) } ?? .all
    guard let pareto else { return .query(condition) }
    let metrics = metric.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    return .choice(
      ChoiceRequest(
        condition: condition, accuracy: accuracy, metrics: metrics,
        query: ParetoQuery(method: pareto.method, order: sort.order, top: top),
        bounds: try bounds.map { try ChoiceBound.read($0) } ?? []))
  }

  func family(_ names: [String], data: String?, _ place: PantryOptions) throws -> RecipeFamily {
    let volumes = try GoldenVolumeOptions.open(names, place)
    return try RecipeFamily(
      of: try selection().rows(of: volumes), in: volumes,
      options: GoldenRecipeOptions(
        task: taskOfRecipe, data: data, allowsUpgrade: allowUpgrade, allowsDeprecated: allowDeprecated,
        fillsDefaults: defaultFill), folder: FileManager.default.currentDirectoryPath,
      catalogue: Catalogue.standard.cardCatalogue())
  }
}

/// What is to be done with recipes.
struct ClaimedTaskOptions: ParsableArguments {
  @Option(name: .customLong("task"), help: "train, validate, test, predict, export, optimize or bench; repeatable.")
  var names: [String] = []

  /// The tasks; all if none is named.
  func tasks() throws -> [ClaimedTask] {
    names.isEmpty ? ClaimedTask.allCases : try names.map { try ClaimedTask(named: $0) }
  }
}

/// Which licences may be among what is carried.
struct LicenceOptions: ParsableArguments {
  @Option(help: "Refuse what is only to be had under this licence (SPDX), or 'unknown'; repeatable.")
  var refuseLicence: [String] = []

  @Option(help: "Refuse what is to be had under none of these licences (SPDX), or 'unknown'; repeatable.")
  var allowLicence: [String] = []

  func rules() throws -> LicenceRules { try LicenceRules(refusing: refuseLicence, allowing: allowLicence) }
}
