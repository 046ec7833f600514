// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream

/// The lines of a CSV file of answers, after RFC 4180.
struct PredictionTable {
  let labels: [String]
  /// Classes that an answer names; `nil` for multi-label classification.
  let topK: Int?
  let hasTruth: Bool

  /// The first line: the columns' names.
  var header: String {
    var names = ["id", "status"]
    switch topK {
    case nil: names += ["classes"]
    case 1?: names += ["class", "probability"]
    case let count?: for rank in 1...max(1, count) { names += ["class \(rank)", "probability \(rank)"] }
    }
    if hasTruth { names.append("truth") }
    names += ["stage", "reason"]
    return Self.line(names + labels.map { "p(\($0))" })
  }

  /// The line of an item.
  func row(_ result: ItemResult, truth: [String]?) -> String {
    var cells = [result.id]
    let rest = hasTruth ? [topK == nil ? Self.list(truth ?? []) : truth?.first ?? ""] : []
    let width = topK.map { 2 * max(1, $0) } ?? 1
    switch result.outcome {
    case .ok(let answer):
      cells += ["ok"] + classes(answer) + rest + ["", ""] + answer.probabilities.map { "\($0)" }
    case .failed(let stage, let reason):
      cells += ["failed"] + Self.empty(width) + rest + [stage.rawValue, reason] + Self.empty(labels.count)
    case .skipped(let reason):
      cells += ["skipped"] + Self.empty(width) + rest + ["", reason] + Self.empty(labels.count)
    }
    return Self.line(cells)
  }

  private func classes(_ answer: ItemResult.Answer) -> [String] {
    guard let topK else { return [Self.list(answer.classes.map(\.label))] }
    let named = answer.classes.prefix(topK).flatMap { [$0.label, "\($0.probability)"] }
    return named + Self.empty(2 * max(1, topK) - named.count)
  }

  private static func empty(_ count: Int) -> [String] { [String](repeating: "", count: max(0, count)) }

  /// Several labels in one cell: as JSON, since a label may have any character.
  private static func list(_ labels: [String]) -> String {
    var writer = JSONWriter()
    writer.array { writer in for label in labels { writer.write(label) } }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func line(_ cells: [String]) -> String { cells.map(quoted).joined(separator: ",") + "\r\n" }

  /// A cell, in quotes if it has a character with a meaning of its own, or blanks at an end that readers may drop.
  private static func quoted(_ cell: String) -> String {
    let isPlain = !cell.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    guard !isPlain || cell.hasPrefix(" ") || cell.hasSuffix(" ") else { return cell }
    var text = "\""
    for scalar in cell.unicodeScalars {
      if scalar == "\"" { text += "\"" }
      text.unicodeScalars.append(scalar)
    }
    return text + "\""
  }
}
