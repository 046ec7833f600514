// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Engines
internal import Galley
internal import Scenarios

/// The options of verbs, data and models as a help screen lists them.
enum EngineHelp {
  /// Examples, then every option of the verb, of the data, and of the model that the command line names.
  static func discussion(_ verb: EngineVerb, _ examples: String, model: String? = named) -> String {
    var parts = [
      examples, section("OPTIONS OF \(verb.rawValue.uppercased())", verb.declarations.map { line($0) }),
    ]
    if verb != .predict { parts.append(section("OPTIONS OF THE DATA", DataOptions.declarations.map { line($0) })) }
    if let card = card(model) {
      let lines = card.options.map { "--model-option \($0.name)=VALUE  \(words($0))" }
      parts.append(section("OPTIONS OF \(card.name.uppercased())", lines))
    } else {
      parts.append("With --model NAME, --help lists the options of that architecture as well.")
    }
    parts.append(
      "Exit codes: 0 done · 2 some items failed · 64 usage · 65 bad data · 66 missing input · 130 interrupted.")
    return parts.joined(separator: "\n\n")
  }

  /// An option with what it accepts and its default, in one line.
  static func words(_ declaration: OptionDeclaration) -> String {
    let help = declaration.help.hasSuffix(".") ? String(declaration.help.dropLast()) : declaration.help
    return "\(help) (\(declaration.kind.summary); default: \(defaultText(declaration))).".replacing("  ", with: " ")
  }

  /// The default as people type it.
  static func defaultText(_ declaration: OptionDeclaration) -> String {
    switch declaration.defaultValue {
    case nil: "none, it must be given"
    case .null?: if case .optional(_, let word) = declaration.kind { word } else { "none" }
    case .list(let values)?: values.isEmpty ? "none" : values.map(\.description).joined(separator: ",")
    case let value?: value.description
    }
  }

  /// What `--model` says on this command line, before anything is parsed.
  private static var named: String? {
    let words = CommandLine.arguments
    for (index, word) in words.enumerated() {
      if word == "--model", words.indices.contains(index + 1) { return words[index + 1] }
      if word.hasPrefix("--model=") { return String(word.dropFirst("--model=".count)) }
    }
    return nil
  }

  private static func card(_ model: String?) -> Card? {
    let name = model?.prefix { $0 != ":" }
    return name.flatMap { (try? Catalogue.backends())?.architecture(String($0)) }
  }

  private static func line(_ declaration: OptionDeclaration) -> String {
    let flag = declaration.name.flagName
    if declaration.kind == .bool { return "--\(flag), --no-\(flag)  \(words(declaration))" }
    return "--\(flag) VALUE  \(words(declaration))"
  }

  private static func section(_ title: String, _ lines: [String]) -> String {
    ([title + ":"] + lines.map { "  \($0)" }).joined(separator: "\n")
  }
}
