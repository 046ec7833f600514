// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Galley
internal import Offline
internal import Recipes
internal import Reports

/// Lists everything that recipes can ever need.
struct OfflineClosureCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "closure",
    abstract: "List everything that recipes can ever need, before anything is fetched.",
    discussion: """
      Examples:
        galley offline closure recipe.yaml
        galley offline closure recipe.yaml --each model.architecture --each optimizer
        galley offline closure recipe.yaml --each 'trainer.epochs=1,5' --task train
        galley offline closure recipe.yaml --refuse-licence AGPL-3.0 --refuse-licence unknown
        galley offline closure --golden local --pareto fuzzy --top 5
        galley offline closure --golden local --row 3f9a2c --data photos

      Exit code 1 if a licence is refused, or no combination makes a recipe.
      """)

  @OptionGroup var subject: OfflineSubject

  @Flag(help: "Leave the data set out: it is where the recipe is run.")
  var dataAtSite = false

  @OptionGroup var tasks: ClaimedTaskOptions
  @OptionGroup var licences: LicenceOptions
  @OptionGroup var holdings: OfflineHoldingsOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let (tasks, rules) = (try tasks.tasks(), try licences.rules())
    let draft = try subject.draft()
    let family = try subject.family(draft, holdings.place)
    // Alternatives to what is refused may be any worker's.
    let refusals = try await holdings.with(for: rules.isEmpty ? family : nil) { sources in
      let sources = await sources.measured()
      let closure = Closure(family, sources, dataAtSite: dataAtSite).limited(to: tasks)
      let refusals = closure.refusals(by: rules, answering: draft.map { OfflineAnswering($0, sources) })
      try console.result(json: ClosureDocument(closure: closure, refusals: refusals))
      console.result(ClosureText(closure: closure, refusals: refusals, isVerbose: options.verbose).text)
      return refusals
    }
    // Where no combination makes a recipe, nothing can be prepared.
    if !refusals.isEmpty || family.members.isEmpty { throw SilentExit(code: .verdictNo) }
  }
}

private struct ClosureDocument: Encodable {
  var closure: Closure
  var refusals: [LicenceRefusal]

  private enum CodingKeys: String, CodingKey { case refusals }

  func encode(to encoder: any Encoder) throws {
    try closure.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(refusals, forKey: .refusals)
  }
}

/// A closure as people read it.
struct ClosureText {
  let closure: Closure
  let refusals: [LicenceRefusal]
  let isVerbose: Bool

  var text: String {
    var parts = [head, things.render(), totals]
    if closure.members.count > 1 { parts.append("What each choice adds to the rest:\n\(choices.render())") }
    parts += closure.dataAtSite.map { "At run time \($0.path) needs: \(SiteDataText.words($0))" }
    if !closure.leftOut.isEmpty {
      parts.append(
        "Left out:\n"
          + closure.leftOut.map { "  \($0.name): \($0.reasons.joined(separator: "; "))" }
          .joined(separator: "\n"))
    }
    if isVerbose { parts += closure.notes + filled }
    if !refusals.isEmpty {
      parts.append("Refused:\n" + refusals.map { "  \($0.sentence)" }.joined(separator: "\n"))
    }
    return parts.joined(separator: "\n\n")
  }

  private var head: String {
    let count = closure.members.count
    let names = closure.members.prefix(8).map(\.name).joined(separator: "; ")
    return "\(count) recipe\(count == 1 ? "" : "s"): \(names)" + (count > 8 ? "; and \(count - 8) more" : "")
  }

  private var things: TextTable {
    var columns: [TextTable.Column] = [
      .init("what"), .init("size", .trailing), .init("here"), .init("licence"), .init("needed by"), .init("for"),
    ]
    if isVerbose { columns += [.init("digest"), .init("from")] }
    return TextTable(columns: columns, rows: closure.items.map(row))
  }

  private func row(_ item: ClosureItem) -> [String] {
    let stages =
      item.stages.count == StageGoal.allCases.count
      ? "every stage" : item.stages.map(\.rawValue).joined(separator: ", ")
    var users: [String] = []
    for path in item.users.map(\.path) where !users.contains(path) { users.append(path) }
    let needed = item.kind == .program ? "every run" : users.joined(separator: ", ")
    let cells = [
      item.name, item.byteCount.map { ByteCount($0).description } ?? "unknown", item.isHere ? "yes" : "no",
      licence(item), needed, stages,
    ]
    guard isVerbose else { return cells }
    return cells + [item.digest?.short ?? item.digestPrefix.map { "\($0)…" } ?? "", item.origins.first ?? ""]
  }

  /// Long expressions are cut, unless all is wanted.
  private func licence(_ item: ClosureItem) -> String {
    guard let licence = item.licence else { return LicenceRules.unknown }
    let terms = licence.split(separator: " ")
    return isVerbose || terms.count <= 3 ? licence : "\(terms.prefix(2).joined(separator: " ")) …"
  }

  private var totals: String {
    "Together \(ByteTotalText.words(closure.total)); to fetch: \(ByteTotalText.words(closure.toFetch))."
  }

  private var choices: TextTable {
    TextTable(
      columns: [.init("choice"), .init("recipes", .trailing), .init("needs"), .init("adds"), .init("of it to fetch")],
      rows: closure.marginals.map { marginal in
        [
          marginal.name, String(marginal.members.count), ByteTotalText.words(marginal.total),
          ByteTotalText.words(marginal.marginal), ByteTotalText.words(marginal.toFetch),
        ]
      })
  }

  private var filled: [String] {
    closure.members.flatMap { member in
      member.filled.map { "\(member.name): \($0.path) = \($0.value), \($0.reason)" }
    }
  }
}

/// A number of bytes, some of which may be unknown, in words.
enum ByteTotalText {
  static func words(_ total: ByteTotal) -> String {
    let known = total.known == 0 ? [] : [ByteCount(total.known).description]
    let unknown = total.unknown == 0 ? [] : ["\(total.unknown) of unknown size"]
    let parts = known + unknown
    return parts.isEmpty ? "nothing" : parts.joined(separator: " and ")
  }
}

/// What the data at the site must be like, in words.
enum SiteDataText {
  static func words(_ need: SiteDataNeed) -> String {
    let labels = need.labels.isEmpty ? "labels not known here" : "labels \(need.labels.joined(separator: ", "))"
    let count = need.minimumCount.map { "at least \($0) items" } ?? "a number of items that is not known here"
    return (["format \(need.format)", labels, count] + need.details).joined(separator: "; ") + "."
  }
}
