// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley

/// A fixed sequence for each seed: xorshift64 (Marsaglia 2003).
struct EditingDice {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(seed + 1) &* 0x9E37_79B9_7F4A_7C15 | 1 }

  mutating func roll(_ bound: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int((state >> 11) % UInt64(max(1, bound)))
  }

  mutating func chance(_ percent: Int) -> Bool { roll(100) < percent }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }
}

/// A random text in many of YAML's styles, with the tree that it says and the owner of each line.
struct EditingRandomDocument {
  var dice: EditingDice
  var lines: [(text: String, owner: [String])] = []
  /// All comments, with the entry that they would go with.
  var comments: [(text: String, owner: [String])] = []
  var tree: [String: ConfigurationValue] = [:]
  private var count = 0
  private let step: Int
  private let listStep: Int
  private let isDense: Bool

  init(seed: Int) {
    dice = EditingDice(seed)
    step = 1 + dice.roll(4)
    listStep = dice.chance(40) ? 0 : step
    isDense = dice.chance(50)
    if dice.chance(20) { lines.append(("---", [])) }
    comment(column: 0, owner: [])
    tree = block(path: [], column: 0, depth: 0)
    comment(column: 0, owner: [])
  }

  func text(newline: String, ends: Bool) -> String {
    lines.map(\.text).joined(separator: newline) + (ends ? newline : "")
  }

  private mutating func name(_ letter: String) -> String {
    count += 1
    return "\(letter)\(count)"
  }

  private mutating func comment(column: Int, owner: [String]) {
    guard !isDense else { return }
    while dice.chance(25) {
      if dice.chance(50) {
        lines.append((dice.chance(20) ? "  " : "", []))
      } else {
        let text = "# " + name("c")
        comments.append((text, owner))
        lines.append((String(repeating: " ", count: column) + text, owner))
      }
    }
  }

  private mutating func trailing(_ owner: [String], gaps: [String] = [" ", "  ", "\t"]) -> String {
    guard !isDense, dice.chance(25) else { return "" }
    let text = "# " + name("c")
    comments.append((text, owner))
    return dice.pick(gaps) + text
  }

  /// A block group's lines; the first may stand beside a dash.
  private mutating func block(
    path: [String], column: Int, depth: Int, beside prefix: String? = nil
  ) -> [String: ConfigurationValue] {
    var values: [String: ConfigurationValue] = [:]
    var prefix = prefix
    for _ in 0...dice.roll(4) {
      let key = name("k")
      let written = dice.pick([key, key, key, "'\(key)'", "\"\(key)\""])
      if prefix == nil { comment(column: column, owner: path) }
      let start = (prefix ?? String(repeating: " ", count: column)) + written + ":"
      prefix = nil
      values[key] = value(behind: start, path: path + [key], column: column, depth: depth, inList: false)
    }
    return values
  }

  private mutating func list(path: [String], column: Int, depth: Int) -> [ConfigurationValue] {
    var values: [ConfigurationValue] = []
    for index in 0...dice.roll(3) {
      comment(column: column, owner: path)
      let path = path + [String(index)]
      let start = String(repeating: " ", count: column) + "-"
      if depth < 4, dice.chance(40) {
        values.append(.map(block(path: path, column: column + 2, depth: depth + 1, beside: start + " ")))
      } else {
        values.append(value(behind: start, path: path, column: column, depth: depth, inList: true))
      }
    }
    return values
  }

  private mutating func value(
    behind start: String, path: [String], column: Int, depth: Int, inList: Bool
  ) -> ConfigurationValue {
    switch dice.roll(depth < 4 ? 10 : 6) {
    case 0:
      lines.append((start + trailing(path, gaps: [" ", "   "]), path))
      return .null
    case 1:
      return literal(behind: start, path: path, column: column)
    case 2:
      let (text, value) = flow(depth: 0)
      lines.append((start + " " + text + trailing(path), path))
      return value
    case 6, 7:
      lines.append((start + trailing(path, gaps: [" ", "   "]), path))
      return .map(block(path: path, column: column + step + (inList ? 1 : 0), depth: depth + 1))
    case 8:
      lines.append((start + trailing(path, gaps: [" ", "   "]), path))
      return .list(list(path: path, column: column + (inList ? step : listStep), depth: depth + 1))
    case 9:
      return longFlow(behind: start, path: path, column: column)
    default:
      let (text, value) = scalar(inFlow: false)
      lines.append((start + dice.pick([" ", " ", "  "]) + text + trailing(path), path))
      return value
    }
  }

  private mutating func literal(behind start: String, path: [String], column: Int) -> ConfigurationValue {
    let words = [name("w"), name("w")]
    let indentation = String(repeating: " ", count: column + 2)
    let isFolded = dice.chance(50)
    lines.append((start + (isFolded ? " >-" : " |-") + trailing(path), path))
    for word in words { lines.append((indentation + word, path)) }
    return .string(words.joined(separator: isFolded ? " " : "\n"))
  }

  private mutating func longFlow(behind start: String, path: [String], column: Int) -> ConfigurationValue {
    var values: [String: ConfigurationValue] = [:]
    let indentation = String(repeating: " ", count: column + 3)
    lines.append((start + " {" + trailing(path), path))
    let total = 1 + dice.roll(3)
    for index in 0..<total {
      let key = name("k")
      let (text, value) = flow(depth: 1)
      values[key] = value
      let comma = index < total - 1 || dice.chance(30) ? "," : ""
      lines.append((indentation + key + ": " + text + comma + trailing(path + [key]), path))
    }
    lines.append((String(repeating: " ", count: column + 1) + "}", path))
    return .map(values)
  }

  private mutating func flow(depth: Int) -> (String, ConfigurationValue) {
    switch dice.roll(depth < 3 ? 5 : 3) {
    case 3:
      let pairs = (0..<dice.roll(4)).map { _ in (name("k"), flow(depth: depth + 1)) }
      let text = pairs.map { "\($0.0): \($0.1.0)" }.joined(separator: dice.pick([", ", " , ", ",  "]))
      let map = Dictionary(pairs.map { ($0.0, $0.1.1) }, uniquingKeysWith: { $1 })
      return (dice.pick(["{\(text)}", "{ \(text) }"]), .map(map))
    case 4:
      let elements = (0..<dice.roll(4)).map { _ in flow(depth: depth + 1) }
      return ("[" + elements.map(\.0).joined(separator: ", ") + "]", .list(elements.map(\.1)))
    default:
      return scalar(inFlow: true)
    }
  }

  private mutating func scalar(inFlow: Bool) -> (String, ConfigurationValue) {
    switch dice.roll(9) {
    case 0: return ("null", .null)
    case 1: return ("true", .bool(true))
    case 2: return ("1.50", .float(1.5))
    case 3: return ("'it''s # no: comment'", .string("it's # no: comment"))
    case 4: return ("\"a\\tb, {c}\"", .string("a\tb, {c}"))
    case 5 where !inFlow: return ("x, y]", .string("x, y]"))
    case 6: return ("tcp://ä:80/#x", .string("tcp://ä:80/#x"))
    case 7:
      let word = name("w")
      return (word, .string(word))
    default:
      let number = dice.roll(1000)
      return ("\(number)", .int(number))
    }
  }
}
