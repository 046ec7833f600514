// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The text of an empty recipe: what must be chosen stands there without a value, what has a default as a comment.
struct RecipeTemplate {
  let task: Card
  let name: String

  var text: String {
    var lines = ["# \(task.summary)", "recipe: \(quoted)", "task: \(task.name)", "seed: 0"]
    var group = ""
    for option in task.options where option.kind.isSlot && option.defaultValue == nil {
      let keys = option.name.split(separator: ".").map(String.init)
      lines += ["", "# \(option.help)"]
      for (depth, key) in keys.enumerated() {
        let path = keys.prefix(depth + 1).joined(separator: ".")
        if depth < keys.count - 1, group == path { continue }
        lines.append(String(repeating: "  ", count: depth) + "\(key):")
        if depth < keys.count - 1 { group = path }
      }
    }
    let defaults = task.options.filter { $0.kind.isSlot && $0.defaultValue != nil }
    if !defaults.isEmpty { lines += ["", "# What isn't said takes its default:"] }
    let choices = defaults.map { "\($0.name): \($0.defaultValue ?? .null)" }
    let width = choices.map(\.count).max() ?? 0
    for (choice, option) in zip(choices, defaults) {
      lines.append("#   \(choice)\(String(repeating: " ", count: width - choice.count))   \(option.help)")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The name in JSON's quotes, which YAML reads alike, unless it is a plain word.
  private var quoted: String {
    let isWord =
      name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
      && name.contains { $0.isLetter } && !["null", "true", "false"].contains(name.lowercased())
    if isWord { return name }
    return (try? ConfigurationValue.string(name).canonicalText()) ?? "\"recipe\""
  }
}
