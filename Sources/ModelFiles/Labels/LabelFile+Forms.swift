// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension LabelFile {
  /// A table of indices and names, with or without a line of headings.
  static func table(_ lines: [Line], _ place: String) throws(GalleyError) -> [String] {
    var rows: [(index: Int, name: String, line: Int)] = []
    for line in lines {
      let cells = try cells(line, place)
      guard cells.count == 2 else {
        throw refusal("\(place):\(line.number)", "it has \(cells.count) columns, not index and name", form)
      }
      guard let index = Int(cells[0]) else {
        if line.number == lines.first?.number, rows.isEmpty { continue }
        throw refusal("\(place):\(line.number)", "'\(cells[0])' is no index", form)
      }
      rows.append((index, cells[1], line.number))
    }
    return try ordered(rows.map { ($0.index, $0.name, "\(place):\($0.line)") }, place)
  }

  private static let form = "Write an index from 0 and a name in each line, with a comma between them."

  /// The cells of a line; a cell in quotation marks may hold commas, and two quotation marks for one (RFC 4180).
  private static func cells(_ line: Line, _ place: String) throws(GalleyError) -> [String] {
    var cells: [String] = []
    var cell = ""
    var (isQuoted, mayClose) = (false, false)
    for character in line.text {
      switch (character, isQuoted, mayClose) {
      case ("\"", true, false): mayClose = true
      case ("\"", true, true):
        cell.append(character)
        mayClose = false
      case ("\"", false, _) where cell.allSatisfy(\.isWhitespace): (cell, isQuoted) = ("", true)
      case (",", false, _), (",", true, true):
        cells.append(trimmed(cell))
        (cell, isQuoted, mayClose) = ("", false, false)
      default: cell.append(character)
      }
    }
    guard !isQuoted || mayClose else {
      throw refusal("\(place):\(line.number)", "a quotation mark is not closed", form)
    }
    return cells + [trimmed(cell)]
  }

  /// Labels in JSON: a list of names; indices with names, or names with indices; or one of these under `names`,
  /// `labels`, `id2label` or `classes`.
  static func labels(of value: ConfigurationValue, _ place: String) throws(GalleyError) -> [String] {
    switch value {
    case .list(let list):
      var rows: [(Int, String, String)] = []
      for (index, value) in list.enumerated() {
        guard case .string(let name) = value else {
          throw refusal("\(place): [\(index)]", "it is \(value.kindName), not text", "Write a list of names.")
        }
        rows.append((index, name, "\(place): [\(index)]"))
      }
      return try ordered(rows, place)
    case .map(let map):
      for key in ["names", "labels", "id2label", "classes"] {
        switch map[key] {
        case .list?, .map?: if let inner = map[key] { return try labels(of: inner, "\(place): \(key)") }
        default: break
        }
      }
      return try ordered(
        try map.sorted { $0.key < $1.key }.map { key, value throws(GalleyError) in
          switch value {
          case .string(let name):
            if let index = Int(key) { return (index, name, "\(place): \(key)") }
          case .int(let index): return (index, key, "\(place): \(key)")
          default: break
          }
          throw refusal("\(place): \(key)", "it pairs no index with a name", "Write {\"0\": \"cat\", \"1\": \"dog\"}.")
        }, place)
    default:
      throw refusal(place, "it is \(value.kindName)", "Write a list of names, or indices with names.")
    }
  }

  /// Names in the order of their indices, which must be all from 0 on, each once.
  private static func ordered(
    _ rows: [(index: Int, name: String, place: String)], _ place: String
  ) throws(GalleyError) -> [String] {
    guard !rows.isEmpty else { throw refusal(place, "it names no class", "Name the classes.") }
    var places: [String: String] = [:]
    var names = [String?](repeating: nil, count: rows.count)
    for row in rows {
      guard !trimmed(row.name).isEmpty else { throw refusal(row.place, "the name is empty", "Name the class.") }
      if let earlier = places.updateValue(row.place, forKey: row.name) {
        throw refusal(
          row.place, "'\(row.name)' occurs twice, before at \(earlier)", "Give each class a name of its own.")
      }
      guard names.indices.contains(row.index) else {
        let hint = rows.contains { $0.index == 0 } ? "some index is left out" : "indices begin at 0"
        throw refusal(
          row.place, "index \(row.index) is not one of 0 to \(rows.count - 1): \(hint)", "Number the classes from 0.")
      }
      guard names[row.index] == nil else {
        throw refusal(row.place, "index \(row.index) occurs twice", "Number the classes from 0.")
      }
      names[row.index] = row.name
    }
    return names.compactMap { $0 }
  }
}
