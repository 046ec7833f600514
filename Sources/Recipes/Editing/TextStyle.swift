// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// How a text is written: what new lines are to look like.
struct TextStyle {
  /// Whether the text is JSON, and has to stay so.
  var isJSON: Bool
  /// The text's line break.
  var newline: String
  /// How much deeper a group is indented than its key.
  var step = 2
  /// How much deeper a list's dashes are indented than its key.
  var listStep: Int?

  /// The longest list that is written on one line, in characters.
  private static let longestLine = 80

  init(_ layout: TextLayout, of bytes: TextBytes) {
    let firstEnd = bytes.lineEnd(0)
    newline = bytes[firstEnd] == Ascii.carriageReturn ? "\r\n" : "\n"
    isJSON =
      layout.root.isFlow && layout.comments.isEmpty && layout.anchors.isEmpty && layout.aliases.isEmpty
      && layout.root.start == bytes.bytes.firstIndex { !Self.isWhite($0) } && Self.isJSON(layout.root, bytes)
    var found = (step: Int?.none, listStep: Int?.none)
    Self.observe(layout.root, &found)
    step = found.step ?? 2
    listStep = found.listStep
  }

  private static func isWhite(_ byte: UInt8) -> Bool {
    byte == Ascii.space || byte == Ascii.tab || byte == Ascii.newline || byte == Ascii.carriageReturn
  }

  private static func isJSON(_ node: TextNode, _ bytes: TextBytes) -> Bool {
    switch node.kind {
    case .map(let entries):
      node.isFlow && separates(entries)
        && entries.allSatisfy { $0.keyIsQuoted && $0.markerEnd != nil && isJSON($0.value, bytes) }
    case .list(let entries):
      node.isFlow && separates(entries) && entries.allSatisfy { isJSON($0.value, bytes) }
    case .scalar:
      bytes[node.start] == Ascii.doubleQuote || isJSONWord(bytes.text(node.start..<node.end))
    case .empty, .alias, .opaque:
      false
    }
  }

  /// Whether there is a comma between entries and none behind the last.
  private static func separates(_ entries: [TextEntry]) -> Bool { entries.last?.comma == nil }

  private static func isJSONWord(_ text: String) -> Bool {
    if ["true", "false", "null"].contains(text) { return true }
    let digits = text.utf8.drop { $0 == Ascii.dash }
    return digits.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ?? false && Double(text) != nil
  }

  private static func observe(_ node: TextNode, _ found: inout (step: Int?, listStep: Int?)) {
    guard !node.isFlow else { return }
    for entry in node.entries {
      if case .map = node.kind, entry.value.isBlockGroup {
        let step = entry.value.column - node.column
        if case .map = entry.value.kind, found.step == nil, step > 0 { found.step = step }
        if case .list = entry.value.kind, found.listStep == nil, step >= 0 { found.listStep = step }
      }
      observe(entry.value, &found)
    }
  }

  // MARK: Writing

  /// Whether a value takes lines of its own where that is possible.
  func prefersBlock(_ value: ConfigurationValue) -> Bool {
    guard !isJSON else { return false }
    switch value {
    case .map(let values):
      return !values.isEmpty
    case .list(let values):
      return values.contains(where: prefersBlock) || inline(value, inFlow: false).count > Self.longestLine
    default:
      return false
    }
  }

  /// A value on one line.
  func inline(
    _ value: ConfigurationValue, inFlow: Bool, quotes: ScalarText.Quotes = .ifNeeded
  ) -> String {
    switch value {
    case .list(let values):
      return "[" + values.map { inline($0, inFlow: true) }.joined(separator: ", ") + "]"
    case .map(let values):
      let pairs = value.orderedKeys.compactMap { key in
        values[key].map { "\(self.key(key, inFlow: true)): \(inline($0, inFlow: true))" }
      }
      return "{" + pairs.joined(separator: ", ") + "}"
    default:
      return ScalarText.text(value, quotes: isJSON ? .double : quotes, inFlow: inFlow)
    }
  }

  func key(_ key: String, inFlow: Bool, quoted: Bool = false) -> String {
    ScalarText.string(key, quotes: isJSON || quoted ? .double : .ifNeeded, inFlow: inFlow)
  }

  /// A group on lines of its own.
  func block(_ value: ConfigurationValue, column: Int) -> [String] {
    let indentation = String(repeating: " ", count: column)
    switch value {
    case .map(let values):
      return value.orderedKeys.flatMap { key in
        entry(self.key(key, inFlow: false), values[key] ?? .null, column: column)
      }
    case .list(let values):
      return values.flatMap { element(of: $0, column: column) }
    default:
      return [indentation + inline(value, inFlow: false)]
    }
  }

  /// A key with its value; the key is written already.
  func entry(_ key: String, _ value: ConfigurationValue, column: Int) -> [String] {
    let indentation = String(repeating: " ", count: column)
    guard prefersBlock(value) else { return ["\(indentation)\(key): \(inline(value, inFlow: false))"] }
    return ["\(indentation)\(key):"] + block(value, column: childColumn(of: value, under: column))
  }

  func element(of value: ConfigurationValue, column: Int) -> [String] {
    let dash = String(repeating: " ", count: column) + "- "
    guard prefersBlock(value) else { return [dash + inline(value, inFlow: false)] }
    var lines = block(value, column: column + 2)
    if let first = lines.first { lines[0] = dash + first.dropFirst(column + 2) }
    return lines
  }

  /// Where the lines of a group under a key begin.
  func childColumn(of value: ConfigurationValue, under column: Int) -> Int {
    if case .list = value { column + (listStep ?? step) } else { column + step }
  }
}
