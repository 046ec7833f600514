// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import ArgumentParser
internal import Engines
internal import Foundation
internal import Galley
internal import Reports
internal import Scenarios

/// Lists models and backends.
struct ModelsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "The architectures that can be trained, and the backends with what they can.",
    discussion: """
      Examples:
        galley models                            all of them
        galley models show mobilenet-v3-small    every option with type, default and bounds
        galley models show onnxruntime           a backend's own options
      """, subcommands: [ModelsListCommand.self, ModelsShowCommand.self], defaultSubcommand: ModelsListCommand.self)
}

/// Lists architectures and backends.
struct ModelsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List architectures and backends.")

  @OptionGroup var options: OutputOptions

  /// The lists for programs.
  private struct Document: Encodable {
    struct Architecture: Encodable {
      var name: String
      var taxonomy: String
      var summary: String
      var facts: ArchitectureFacts?
      var backends: [String]
    }

    struct Backend: Encodable {
      var descriptor: BackendDescriptor
      var isAvailable: Bool
      var availability: String
    }

    var architectures: [Architecture]
    var backends: [Backend]
  }

  func run() async throws {
    let console = Console(options)
    let registry = try Catalogue.backends()
    let document = Document(
      architectures: registry.architectures.map { card, backends in
        .init(
          name: card.name, taxonomy: card.taxonomy, summary: card.summary, facts: ArchitectureFacts.of(card.name),
          backends: backends)
      },
      backends: registry.backends.map { backend in
        let (isAvailable, words) = backend.availability().words
        return .init(descriptor: backend.descriptor, isAvailable: isAvailable, availability: words)
      })
    try console.result(json: document)
    console.result(Self.table(of: document.architectures))
    console.result("")
    console.result(Self.table(of: document.backends))
    console.result("\ngalley models show NAME lists an architecture's options.")
  }

  private static func table(of architectures: [Document.Architecture]) -> String {
    let rows = architectures.map { architecture in
      [
        architecture.name, architecture.facts?.parameters.map { Self.millions($0) } ?? "by its options",
        architecture.summary, architecture.facts?.source ?? "",
      ]
    }
    let columns: [TextTable.Column] = [
      .init("architecture"), .init("parameters", .trailing), .init("what it is"), .init("source"),
    ]
    return TextTable(columns: columns, rows: rows).render()
  }

  private static func table(of backends: [Document.Backend]) -> String {
    var rows: [[String]] = []
    for backend in backends {
      for (index, ability) in backend.descriptor.abilities.enumerated() {
        let isFirst = index == 0
        let verbs = list(ability.verbs.map(\.rawValue))
        let forms = list(ability.forms.map(\.description))
        let tasks = list(ability.tasks.map(\.rawValue))
        rows.append([
          isFirst ? backend.descriptor.id : "", verbs, forms, tasks, isFirst ? backend.descriptor.licence : "",
          isFirst ? backend.availability : "",
        ])
      }
    }
    let columns: [TextTable.Column] = [
      .init("backend"), .init("verbs"), .init("takes"), .init("tasks"), .init("licence"), .init("here"),
    ]
    return TextTable(columns: columns, rows: rows).render()
  }

  private static func list(_ words: [String]) -> String { words.sorted().joined(separator: ", ") }

  private static func millions(_ count: Int) -> String { String(format: "%.2f M", Double(count) / 1e6) }
}

/// Shows an architecture or a backend.
struct ModelsShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show the options of an architecture or a backend with type, default and bounds.")

  @Argument(help: "The architecture's or the backend's name.")
  var name: String

  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let registry = try Catalogue.backends()
    if let card = registry.architecture(name) { return try show(card, console) }
    guard let backend = registry.backends.first(where: { $0.descriptor.id == name }) else {
      let names = registry.architectures.map(\.card.name) + registry.ids
      throw GalleyError(
        .usage, "can't show the model", at: name, why: "there is no architecture or backend of that name",
        remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
          ?? "There is \(names.joined(separator: ", ")).")
    }
    try show(backend.descriptor, console)
  }

  private func show(_ card: Card, _ console: Console) throws {
    try console.result(json: card)
    let facts = ArchitectureFacts.of(card.name)
    let parameters = facts?.parameters.map { "\($0) parameters with 1000 classes and the default options" }
    let source = facts.map { "Source: \($0.source)" }
    let head = ["\(card.name) \(card.version): \(card.summary)"] + [parameters, source].compactMap(\.self)
    let tail = "Give them as --model \(card.name):NAME=VALUE,… or --model-option NAME=VALUE."
    console.result((head + ["", Self.table(card.options), "", tail]).joined(separator: "\n"))
  }

  /// The options of a backend's own, verb by verb, and which of the common ones it can't honour.
  private func show(_ backend: BackendDescriptor, _ console: Console) throws {
    try console.result(json: backend)
    var parts = ["\(backend.id) \(backend.version): \(backend.summary)"]
    let declared = EngineVerb.allCases.filter { backend.options[$0]?.isEmpty == false }
    // Verbs with the same options share a table.
    for verb in declared where verb == declared.first(where: { backend.options[$0] == backend.options[verb] }) {
      let verbs = declared.filter { backend.options[$0] == backend.options[verb] }.map(\.rawValue)
      parts.append("\(verbs.joined(separator: ", ")):\n" + Self.table(backend.options[verb] ?? []))
    }
    for verb in EngineVerb.allCases {
      let refusals = (backend.refusals[verb] ?? [:]).sorted { $0.key < $1.key }
      parts += refusals.map { "\(verb.rawValue) refuses \($0.key): \($0.value)" }
    }
    parts.append(
      declared.isEmpty
        ? "It has no options of its own; galley train --help lists those that all backends share."
        : "Give them as --backend-option \(backend.id).NAME=VALUE.")
    console.result(parts.joined(separator: "\n\n"))
  }

  private static func table(_ options: [OptionDeclaration]) -> String {
    TextTable(
      columns: [.init("option"), .init("accepts"), .init("default"), .init("help")],
      rows: options.map { [$0.name, $0.kind.summary, EngineHelp.defaultText($0), $0.help] }
    ).render()
  }
}

extension Availability {
  /// Whether it is, and what there is or why not.
  fileprivate var words: (Bool, String) {
    switch self {
    case .available(let version, _): (true, version == "unknown" ? "yes" : version)
    case .unavailable(let reason, _): (false, "no: \(reason)")
    }
  }
}
