// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

/// Random documents and random changes: the tree is what it should be, and nothing else has moved.
@Suite struct EditingPropertyTests {
  @Test(arguments: 0..<16)
  func aRandomChangeChangesNothingElse(block: Int) throws {
    for seed in block * 20..<block * 20 + 20 {
      let document = EditingRandomDocument(seed: seed)
      var dice = EditingDice(seed + 1_000_000)
      let newline = dice.chance(20) ? "\r\n" : "\n"
      let before = document.text(newline: newline, ends: dice.chance(90))
      let text = try RecipeText(before)
      let tree = ConfigurationValue.map(document.tree)
      #expect(text.value(at: []) == tree, "seed \(seed)")
      for _ in 0..<6 {
        let change = Change(in: tree, &dice)
        var changed = text
        do {
          try change.apply(to: &changed)
        } catch {
          Issue.record("seed \(seed), \(change): \(error)\n\(before)")
          continue
        }
        let expected = change.applied(to: tree)
        #expect(try RecipeText(changed.text).value(at: []) == expected, "seed \(seed), \(change)\n\(before)")
        let lost = change.losses(in: document, after: changed.text, tree)
        #expect(lost.isEmpty, "seed \(seed), \(change), lost \(lost):\n\(before)\n-->\n\(changed.text)")
        if newline == "\r\n" { #expect(changed.text.split(separator: "\r\n").allSatisfy { !$0.contains("\n") }) }
      }
    }
  }

  @Test(arguments: 0..<8)
  func manyChangesInARowStayRight(seed: Int) throws {
    var dice = EditingDice(seed + 77)
    let document = EditingRandomDocument(seed: seed + 5000)
    var text = try RecipeText(document.text(newline: "\n", ends: true))
    for _ in 0..<60 {
      guard let tree = text.value(at: []), tree.entryCount > 0 else { return }
      let change = Change(in: tree, &dice)
      try change.apply(to: &text)
      #expect(text.value(at: []) == change.applied(to: tree), "\(change)")
    }
  }
}

private struct Change: CustomStringConvertible {
  var path: [String] = []
  var value: ConfigurationValue?

  var description: String { "\(path) = \(value.map { "\($0)" } ?? "nothing")" }

  init(in tree: ConfigurationValue, _ dice: inout EditingDice) {
    var node = tree
    while true {
      switch node {
      case .map(let values) where !values.isEmpty:
        let key = dice.pick(values.keys.sorted())
        path.append(key)
        node = values[key] ?? .null
      case .list(let values) where !values.isEmpty:
        let position = dice.roll(values.count)
        path.append(String(position))
        node = values[position]
      default:
        break
      }
      let isGroup = if case .map(let values) = node { !values.isEmpty } else { false }
      let isList = if case .list(let values) = node { !values.isEmpty } else { false }
      guard isGroup || isList, dice.chance(75) || path.isEmpty else { break }
    }
    guard dice.chance(70) || path.isEmpty else { return }
    value = Self.randomValue(&dice, depth: 0)
    guard dice.chance(50) else { return }
    switch node {
    case .map, .null, .string: path.append("new \(dice.roll(1000))")
    case .list(let values): path.append(String(values.count))
    default: return
    }
    if dice.chance(30) { path.append("inner") }
  }

  private static func randomValue(_ dice: inout EditingDice, depth: Int) -> ConfigurationValue {
    switch dice.roll(depth < 2 ? 9 : 6) {
    case 0: return .null
    case 1: return .bool(dice.chance(50))
    case 2: return .int(dice.roll(100_000) - 50_000)
    case 3: return .float(Double(dice.roll(1000)) * dice.pick([1, 1e-9, 1e30, -0.1]))
    case 6: return .list((0..<dice.roll(4)).map { _ in randomValue(&dice, depth: depth + 1) })
    case 7, 8:
      let pairs = (0..<dice.roll(4)).map { ("m\($0)", randomValue(&dice, depth: depth + 1)) }
      return .map(Dictionary(pairs, uniquingKeysWith: { $1 }))
    default:
      return .string((0..<dice.roll(4)).map { _ in dice.pick(pieces) }.joined())
    }
  }

  private static let pieces = [
    "true", "null", "1", "1e3", ".5", "0x1F", "-", "- ", ": ", " #", "#", "*a", "&b", "!c", "%d", "@e", "`", "'", "\"",
    "\\", "{", "}", "[", "]", ",", "?", "|", ">", "\n", "\t", "\r", " ", "é", "日", "🙂", "\u{85}", "\u{2028}",
    "\u{0}", "\u{7F}", "~", "yes", "2026-11-21", "1:30", "---", "...", "<<", "=", "${a.b}", "word",
  ]

  func apply(to text: inout RecipeText) throws {
    if let value { try text.set(path, to: value) } else { try text.remove(path) }
  }

  /// The same change of a tree, written once more.
  func applied(to tree: ConfigurationValue) -> ConfigurationValue {
    if let value { return tree.setting(path[...], value) }
    return tree.removing(path[...]) ?? .map([:])
  }

  /// The first group on the way that goes, or is written anew.
  func touched(in tree: ConfigurationValue) -> [String] {
    guard value == nil else { return path }
    var path = path
    while path.count > 1, let parent = tree.at(path.dropLast()), parent.entryCount == 1 { path.removeLast() }
    return path
  }

  /// Comments and lines that should be there still and aren't.
  func losses(in document: EditingRandomDocument, after text: String, _ tree: ConfigurationValue) -> [String] {
    let touched = touched(in: tree)
    let isReplaced = value == nil || tree.at(touched[...]).map { $0.entryCount > 0 } ?? false
    let lostComments = document.comments.filter { comment in
      !text.contains(comment.text) && !(isReplaced && comment.owner.starts(with: touched))
    }
    let after = text.split(whereSeparator: \.isNewline).map(Self.bare)
    var position = 0
    var lostLines: [String] = []
    for line in document.lines where !line.text.allSatisfy({ $0 == " " }) {
      if touched.starts(with: line.owner) && !line.owner.isEmpty || line.owner.starts(with: touched) { continue }
      if let found = after[position...].firstIndex(of: Self.bare(line.text[...])) {
        position = found + 1
      } else {
        lostLines.append(line.text)
      }
    }
    return lostComments.map(\.text) + lostLines
  }

  /// A line without what may change when the entry before it goes: indentation and dash.
  private static func bare(_ line: Substring) -> Substring { line.drop { $0 == " " || $0 == "-" } }
}

extension ConfigurationValue {
  fileprivate var entryCount: Int {
    switch self {
    case .map(let values): values.count
    case .list(let values): values.count
    default: 0
    }
  }

  fileprivate func at(_ path: ArraySlice<String>) -> ConfigurationValue? {
    guard let key = path.first else { return self }
    switch self {
    case .map(let values): return values[key]?.at(path.dropFirst())
    case .list(let values):
      return Int(key).flatMap { values.indices.contains($0) ? values[$0].at(path.dropFirst()) : nil }
    default: return nil
    }
  }

  fileprivate func setting(_ path: ArraySlice<String>, _ value: ConfigurationValue) -> ConfigurationValue {
    guard let key = path.first else { return value }
    let rest = path.dropFirst()
    switch self {
    case .list(var values):
      let position = Int(key) ?? 0
      if position == values.count { values.append(.null) }
      values[position] = values[position].setting(rest, value)
      return .list(values)
    case .map(var values):
      values[key] = (values[key] ?? .null).setting(rest, value)
      return .map(values)
    case .string:
      return .map(["use": self, key: ConfigurationValue.null.setting(rest, value)])
    default:
      return .map([key: ConfigurationValue.null.setting(rest, value)])
    }
  }

  fileprivate func removing(_ path: ArraySlice<String>) -> ConfigurationValue? {
    guard let key = path.first else { return nil }
    switch self {
    case .list(var values):
      let position = Int(key) ?? 0
      if let rest = values[position].removing(path.dropFirst()) {
        values[position] = rest
      } else {
        values.remove(at: position)
      }
      return values.isEmpty ? nil : .list(values)
    case .map(var values):
      values[key] = values[key]?.removing(path.dropFirst())
      return values.isEmpty ? nil : .map(values)
    default:
      return nil
    }
  }
}
