// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A recipe's text that can be changed in place: comments, blank lines, order, indentation and quotes of everything
/// else stay as they are, byte for byte.
///
/// The text is YAML in block or flow style, or JSON. After every change the new text is read again and compared with
/// what it has to say, so a wrong change is refused and never kept. Values that aliases share are not changed.
public struct RecipeText: Sendable, Hashable {
  private static let byteOrderMark = "\u{FEFF}"

  private var mark = ""
  private var bytes: TextBytes
  private var root: ConfigurationValue

  /// Reads a text; one without any key is a recipe to begin with.
  /// - Throws: `GalleyError` if it isn't YAML, isn't a group of keys, or is written in a way that can't be changed.
  public init(_ text: String) throws(GalleyError) {
    var text = text
    if text.unicodeScalars.first == "\u{FEFF}" {
      mark = Self.byteOrderMark
      text.unicodeScalars.removeFirst()
    }
    bytes = TextBytes(text)
    root = .null
    _ = try adopt(bytes)
  }

  /// The text as it is now.
  public var text: String { mark + bytes.text }

  /// The value at a path of keys and, in lists, decimal positions; `nil` if there is none.
  public func value(at path: [String]) -> ConfigurationValue? { root.value(atPath: path) }

  /// Writes a value at a path.
  ///
  /// Groups that are missing on the way are made, a list if the next element is `0`; a list's length as a position
  /// appends. Text on the way names an ingredient: `optimizer: int8` becomes a group with `use: int8`. A new key goes
  /// to the end of its group. Where a group replaces a group, only what differs is written.
  /// - Parameters:
  ///   - path: keys, which are taken literally, dots included, and decimal positions in lists.
  ///   - value: what is to be read there afterwards.
  ///   - comment: a comment for the line; an empty one removes the comment that is there, `nil` keeps it.
  /// - Throws: `GalleyError` if the place can't be changed; the text is then as before.
  public mutating func set(
    _ path: [String], to value: ConfigurationValue, comment: String? = nil
  ) throws(GalleyError) {
    guard !path.isEmpty else { throw Self.refusal(path, "the path is empty", "Name a key.") }
    try Self.refuseUnwritable(value, at: path)
    let expected = try root.setting(path[...], to: value)
    var changed = self
    try changed.write(value, at: path)
    if let comment { try changed.write(comment: comment, at: path) }
    try changed.requireIdentical(to: expected, path)
    self = changed
  }

  /// Removes the value at a path together with its key, the comment on its line, and groups that are left empty.
  /// - Throws: `GalleyError` if there is no such value or the place can't be changed; the text is then as before.
  public mutating func remove(_ path: [String]) throws(GalleyError) {
    guard !path.isEmpty else { throw Self.refusal(path, "the path is empty", "Name a key.") }
    let expected = try root.removing(path[...]) ?? .map([:])
    var changed = self
    try changed.erase(path, withEmptied: true)
    try changed.requireIdentical(to: expected, path)
    self = changed
  }

  // MARK: Reading

  /// Reads bytes as the recipe's new text.
  private mutating func adopt(_ bytes: TextBytes) throws(GalleyError) -> TextLayout {
    try Self.refuseUnusualBreaks(bytes)
    // The parser comes first: it bounds the depth, and its messages name the mistake.
    let tree = LayoutReader.isEmptyDocument(bytes) ? nil : try SourceReader.read(bytes.text, file: "recipe")
    var layout = try LayoutReader.read(bytes)
    if let tree {
      guard case .map = tree.content else {
        throw Self.refusal([], "it is \(tree.value.kindName), not keys with values", "Begin with 'recipe: a name'.")
      }
      try layout.adopt(tree, in: bytes)
    }
    root = tree?.value ?? .map([:])
    self.bytes = bytes
    return layout
  }

  /// Breaks that YAML's versions disagree on would move every line's number.
  private static func refuseUnusualBreaks(_ bytes: TextBytes) throws(GalleyError) {
    for (place, byte) in bytes.bytes.enumerated() {
      let isUnusual =
        byte == Ascii.carriageReturn && bytes[place + 1] != Ascii.newline
        || byte == 0xC2 && bytes[place + 1] == 0x85
        || byte == 0xE2 && bytes[place + 1] == 0x80 && (bytes[place + 2] == 0xA8 || bytes[place + 2] == 0xA9)
      if isUnusual {
        throw LayoutReader(bytes).refusal(at: place, "a line ends with something else than LF or CR LF")
      }
    }
  }

  private func edit() throws(GalleyError) -> TextEdit {
    var copy = self
    return TextEdit(bytes, try copy.adopt(bytes))
  }

  private mutating func adopt(_ edit: TextEdit, _ path: [String]) throws(GalleyError) {
    do throws(GalleyError) {
      _ = try adopt(edit.result)
    } catch {
      throw Self.refusal(path, "the changed text could not be read: \(error.why)", "Change it by hand.")
    }
  }

  private func requireIdentical(to expected: ConfigurationValue, _ path: [String]) throws(GalleyError) {
    guard root.isIdentical(to: expected) else {
      throw Self.refusal(path, "the changed text would say something else than intended", "Change it by hand.")
    }
  }

  // MARK: Writing

  private mutating func write(_ value: ConfigurationValue, at path: [String]) throws(GalleyError) {
    let old = root.value(atPath: path)
    if let old, old.isIdentical(to: value) { return }
    var edit = try edit()
    let trail = try edit.trail(along: path)
    if trail.positions.count == path.count, try writeDifferences(from: old, to: value, at: path, trail) { return }
    try Self.write(value, at: path, trail, root, &edit)
    try adopt(edit, path)
  }

  /// Where a group or a list replaces another, changes only what differs; false if there is nothing to keep.
  private mutating func writeDifferences(
    from old: ConfigurationValue?, to value: ConfigurationValue, at path: [String], _ trail: TextEdit.Trail
  ) throws(GalleyError) -> Bool {
    switch (trail.last.kind, old, value) {
    case (.map, .map(let before), .map(let after)) where !before.isEmpty && !after.isEmpty:
      for key in value.orderedKeys { if let inner = after[key] { try write(inner, at: path + [key]) } }
      for key in before.keys.sorted() where after[key] == nil { try erase(path + [key], withEmptied: false) }
      return true
    case (.list, .list(let before), .list(let after)) where !before.isEmpty && !after.isEmpty:
      for (index, inner) in after.enumerated() { try write(inner, at: path + [String(index)]) }
      for index in (after.count..<max(before.count, after.count)).reversed() {
        try erase(path + [String(index)], withEmptied: false)
      }
      return true
    default:
      return false
    }
  }

  private static func write(
    _ value: ConfigurationValue, at path: [String], _ trail: TextEdit.Trail, _ root: ConfigurationValue,
    _ edit: inout TextEdit
  ) throws(GalleyError) {
    let node = trail.last
    let rest = path.dropFirst(trail.positions.count)
    switch (rest.first, node.kind) {
    case (let key?, .map), (let key?, .list):
      edit.append(
        key, try ConfigurationValue.null.setting(rest.dropFirst(), to: value), to: node, inside: trail.parentColumn)
    default:
      let old = root.value(atPath: path.prefix(trail.positions.count)) ?? .null
      guard let (parent, _, entry) = trail.end else {
        return edit.fillDocument(with: try old.setting(rest, to: value))
      }
      try edit.refuseLosingAnchors(in: node.start..<max(node.end, node.start), at: path)
      edit.replaceValue(of: entry, in: parent, by: try old.setting(rest, to: value))
    }
  }

  private mutating func write(comment: String, at path: [String]) throws(GalleyError) {
    var edit = try edit()
    guard let (parent, _, entry) = try edit.trail(along: path).end else { return }
    try edit.setComment(comment, of: entry, in: parent, at: path)
    try adopt(edit, path)
  }

  private mutating func erase(_ path: [String], withEmptied: Bool) throws(GalleyError) {
    var edit = try edit()
    var trail = try edit.trail(along: path)
    guard trail.positions.count == path.count else {
      throw Self.refusal(path, "there is no such value", "Name another.")
    }
    while withEmptied, let (parent, _, _) = trail.end, parent.entries.count == 1, trail.nodes.count > 2 {
      trail.nodes.removeLast()
      trail.positions.removeLast()
    }
    guard let (parent, position, entry) = trail.end else { return }
    try edit.refuseLosingAnchors(in: entry.start..<entry.end, at: path)
    if parent.entries.count == 1 {
      edit.emptyDocument()
    } else {
      edit.removeEntry(at: position, of: parent)
    }
    try adopt(edit, path)
  }

  private static func refuseUnwritable(_ value: ConfigurationValue, at path: [String]) throws(GalleyError) {
    switch value {
    case .float(let number) where !number.isFinite:
      throw refusal(path, "\(number) is no number that a recipe can say", "Give a finite number.")
    case .list(let values):
      for value in values { try refuseUnwritable(value, at: path) }
    case .map(let values):
      for value in values.values { try refuseUnwritable(value, at: path) }
    default:
      return
    }
  }

  private static func refusal(_ path: [String], _ why: String, _ remedy: String) -> GalleyError {
    GalleyError(
      .configuration, "can't change the recipe's text", at: path.isEmpty ? nil : path.joined(separator: "."), why: why,
      remedy: remedy)
  }
}
