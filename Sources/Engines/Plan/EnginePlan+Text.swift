// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Reports

extension EnginePlan {
  /// The plan for a terminal: who does what, and each stage's values with origin and reason. Defaults that nobody
  /// touched stand in one line.
  public var text: String {
    let head = [
      "\(verb.rawValue) \(model.summary) on \(data.path): \(task.rawValue), \(labels.count) classes",
      "by \(backend.id) \(backend.version) (\(backend.wasGiven ? "given" : backend.reason))",
    ].joined(separator: "\n")
    let parts = [head] + stages.enumerated().map { "\($0 + 1). \($1.name): \($1.summary)\n\(table($1.values))" }
    let notes = warnings.map { "! \($0)" }
    return (parts + (notes.isEmpty ? [] : [notes.joined(separator: "\n")])).joined(separator: "\n\n")
  }

  private func table(_ values: [ExplainedValue]) -> String {
    let spoken = values.filter { $0.origin != .default }
    let silent = values.filter { $0.origin == .default }
    let rows = spoken.map { [$0.path, Self.short($0.value), $0.origin.rawValue, $0.reason] }
    let table =
      rows.isEmpty
      ? ""
      : TextTable(columns: [.init("value"), .init("is"), .init("origin"), .init("why")], rows: rows).render()
    let rest = silent.map { "\($0.path.split(separator: ".").last ?? "") \(Self.short($0.value))" }
    let line = rest.isEmpty ? "" : Self.wrapped("defaults: " + rest.joined(separator: ", "))
    return [table, line].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private static func short(_ value: ConfigurationValue) -> String {
    if case .null = value { return "none" }
    let text = value.description
    return text.count > 60 ? String(text.prefix(57)) + "…" : text
  }

  /// Lines of at most 110 characters.
  private static func wrapped(_ text: String) -> String {
    var lines = [""]
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + word.count >= 110 {
        lines.append("  " + word)
      } else {
        lines[lines.count - 1] += (lines[lines.count - 1].isEmpty ? "" : " ") + word
      }
    }
    return lines.joined(separator: "\n")
  }
}
