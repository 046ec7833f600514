// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Scenarios
internal import Galley
internal import Offline
internal import Recipes
internal import Reports
internal import Scenarios

/// Answers whether a recipe with some choices would work without a network.
struct OfflineCanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "can",
    abstract: "Would the recipe work without a network? Yes, or no, because.",
    discussion: """
      Examples:
        galley offline can 'model.architecture=resnet-18' --recipe recipe.yaml
        galley offline can 'runtime=openvino and optimizer=int8' --recipe recipe.yaml --task bench
        galley offline can --recipe recipe.yaml --bundle site.galley

      The answer is that of the cards and of what is here; 'galley offline prove' runs it. Exit code 0 for yes, 1 for no.
      """)

  @Argument(help: "Choices: PATH=VALUE, several with 'and' or commas; without any the recipe as it is.")
  var choices: String?

  @Option(name: .shortAndLong, help: "The recipe's file.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var recipe: String

  @Flag(help: "The data set is where the recipe is run.")
  var dataAtSite = false

  @OptionGroup var tasks: ClaimedTaskOptions
  @OptionGroup var holdings: OfflineHoldingsOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let expression = try choices.map { try ChoiceExpression($0) } ?? ChoiceExpression([])
    let draft = try RecipeDraft(contentsOf: recipe, catalogue: Catalogue.standard.cardCatalogue())
    let tasks = try tasks.tasks()
    let family = try RecipeFamily(of: draft, settings: expression.choices)
    let answer = try await holdings.with(for: family) { sources in
      try OfflineAnswering(draft, sources).can(expression, tasks: tasks, dataAtSite: dataAtSite)
    }
    try console.result(json: answer)
    console.result(OfflineAnswerText(answer: answer, isVerbose: options.verbose).text)
    if !answer.works { throw SilentExit(code: .verdictNo) }
  }
}

/// An answer as people read it.
struct OfflineAnswerText {
  let answer: OfflineAnswer
  let isVerbose: Bool

  var text: String {
    var lines = [verdict]
    if !answer.missing.isEmpty { lines += ["", missing.render(), ""] + tasks }
    lines += answer.leftOut.map { "\($0.name) can't be: \($0.reasons.joined(separator: "; "))" }
    if isVerbose || !answer.works {
      lines += answer.filled.map { "Chosen automatically: \($0.path) = \($0.value), \($0.reason)" }
    }
    return lines.joined(separator: "\n")
  }

  private var verdict: String {
    let names = answer.tasks.map(\.task.rawValue).joined(separator: ", ")
    if answer.works { return "yes: \(names) work with what \(answer.holdings) holds" }
    guard !answer.missing.isEmpty else { return "no: these choices make no recipe" }
    let count = answer.missing.count
    let things = "\(count) thing\(count == 1 ? " is" : "s are") missing"
    return "no: \(things) in what \(answer.holdings) holds, \(ByteTotalText.words(answer.toFetch))"
  }

  private var missing: TextTable {
    TextTable(
      columns: [.init("missing"), .init("size", .trailing), .init("needed by"), .init("from")],
      rows: answer.missing.map { item in
        [
          item.name, item.byteCount.map { ByteCount($0).description } ?? "unknown",
          item.users.map(\.path).joined(separator: ", "), item.origins.first ?? item.provenance ?? "unknown",
        ]
      })
  }

  private var tasks: [String] {
    answer.tasks.map { task in
      "\(task.task.rawValue): " + (task.works ? "yes" : "no, \(task.missing.joined(separator: ", "))")
    }
  }
}

/// Shows for each choice at a place whether it works without a network.
struct OfflineOptionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "options",
    abstract: "Show each choice at a place: works offline, or needs N MB from where.",
    discussion: """
      Examples:
        galley offline options recipe.yaml model.architecture
        galley offline options recipe.yaml runtime --bundle site.galley
      """)

  @OptionGroup var argument: RecipeArgument

  @Argument(help: "Path or synonym of the place.")
  var path: String

  @OptionGroup var tasks: ClaimedTaskOptions
  @OptionGroup var holdings: OfflineHoldingsOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let draft = try argument.draft()
    let tasks = try tasks.tasks()
    let found = try await holdings.with { sources in
      try OfflineAnswering(draft, sources).options(path, tasks: tasks)
    }
    try console.result(json: found)
    console.result(OfflineOptionsText(found).text)
  }
}

/// What each choice at a place needs, as people read it.
struct OfflineOptionsText {
  private let options: OfflineOptions

  init(_ options: OfflineOptions) { self.options = options }

  var text: String {
    let table = TextTable(
      columns: [.init("choice"), .init("offline"), .init("needs"), .init("from")],
      rows: options.choices.map { choice in
        [
          choice.value.description, Self.cost(choice), choice.missing.map(\.name).joined(separator: ", "),
          choice.missing.compactMap { $0.origins.first ?? $0.provenance }.joined(separator: ", "),
        ]
      })
    return ([table.render()] + rest.map { ["", $0] }.joined()).joined(separator: "\n")
  }

  /// What the recipe lacks whatever is chosen; nothing if that is nothing.
  var rest: [String] {
    guard !options.common.isEmpty else { return [] }
    let names = options.common.map(\.name).joined(separator: ", ")
    let total = ByteTotalText.words(ByteTotal(options.common.map(\.byteCount)))
    return ["Whatever is chosen here, the recipe also needs \(total): \(names)."]
  }

  /// What a choice itself costs: `yes`, or what must be fetched because of it.
  static func cost(_ choice: OfflineOptions.Choice) -> String {
    guard !choice.missing.isEmpty else { return choice.worksOffline ? "yes" : "as the rest" }
    let licences = Set(choice.missing.compactMap(\.licence)).sorted().joined(separator: ", ")
    return "needs \(ByteTotalText.words(choice.toFetch))" + (licences.isEmpty ? "" : " (\(licences))")
  }
}
