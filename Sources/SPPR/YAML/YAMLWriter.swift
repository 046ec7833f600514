// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Writes YAML as PyYAML's `yaml.dump(value, sort_keys=True)` does, byte for byte.
///
/// That is: block style two columns per level, lists under a key not indented, lines folded after column 80, scalars
/// plain where they read back as what they are, else in single quotes, else in double quotes with escapes. Checked
/// against PyYAML 6.0.3, whose pure Python emitter is the one that `yaml.dump` uses.
struct YAMLWriter {
  /// What a value is written as part of.
  enum Position { case root, item, entry }

  private(set) var output: [UInt8] = []
  /// Where the next character goes, from zero on.
  var column = 0
  /// Whether the last character leaves room for a token: a space or a line break.
  var isAfterSpace = true
  /// Whether the line holds only indentation and indicators.
  var isIndentation = true

  private var sharing: YAMLSharing

  static let width = 80
  static let step = 2

  /// The document's text.
  static func write(_ document: PortableDocument) -> String {
    var writer = YAMLWriter(sharing: YAMLSharing(document))
    writer.write(document.root, as: .root, indent: nil, at: writer.sharing.root)
    writer.breakLine(0)
    if writer.endsOpen(document.root) { writer.put("...\n") }
    return String(decoding: writer.output, as: UTF8.self)
  }

  private init(sharing: YAMLSharing) { self.sharing = sharing }

  /// A plain scalar alone is followed by a mark of the document's end.
  private func endsOpen(_ root: PortableValue) -> Bool {
    YAMLStyle(root).map { $0.isPlain(asKey: false) } ?? false
  }

  // MARK: Characters

  mutating func put(_ text: some StringProtocol) {
    let start = output.count
    output.append(contentsOf: text.utf8)
    column += output.count - start
  }

  /// Writes an indicator such as `-`, after a space if one is needed.
  mutating func put(indicator: String, spaced: Bool, indents: Bool = false, leavesSpace: Bool = false) {
    if spaced, !isAfterSpace { put(" ") }
    put(indicator)
    isAfterSpace = leavesSpace
    isIndentation = isIndentation && indents
  }

  mutating func endLine() {
    output.append(UInt8(ascii: "\n"))
    column = 0
    isAfterSpace = true
    isIndentation = true
  }

  /// Goes to column `indent`, on a new line unless only indentation stands before it on this one.
  mutating func breakLine(_ indent: Int) {
    if !isIndentation || column > indent || column == indent && !isAfterSpace { endLine() }
    guard column < indent else { return }
    isAfterSpace = true
    put(String(repeating: " ", count: indent - column))
  }

  // MARK: Values

  private mutating func write(
    _ value: PortableValue, as position: Position, indent: Int?, at found: YAMLSharing.Place?
  ) {
    let place = sharing.first(found)
    switch sharing.role(of: place) {
    case .alias(let name): return put(indicator: "*" + name, spaced: true)
    case .anchor(let name): put(indicator: "&" + name, spaced: true)
    case .none: break
    }
    switch value {
    case .list(let items) where items.isEmpty: writeEmpty("[", "]")
    case .map(let map) where map.entries.isEmpty: writeEmpty("{", "}")
    case .list(let items): write(items, as: position, indent: indent, at: place)
    case .map(let map): write(map, indent: indent, at: place)
    default: writeScalar(value, asKey: false, indent: indent)
    }
  }

  private mutating func writeScalar(_ value: PortableValue, asKey: Bool, indent: Int?) {
    guard let style = YAMLStyle(value) else { return }
    write(style, asKey: asKey, indent: indent.map { $0 + Self.step } ?? Self.step)
  }

  private mutating func writeEmpty(_ opening: String, _ closing: String) {
    put(indicator: opening, spaced: true, leavesSpace: true)
    put(indicator: closing, spaced: false)
  }

  private mutating func write(
    _ items: [PortableValue], as position: Position, indent: Int?, at place: YAMLSharing.Place?
  ) {
    let staysPut = position == .entry && !isIndentation
    let inner = indent.map { staysPut ? $0 : $0 + Self.step } ?? 0
    for (index, item) in items.enumerated() {
      breakLine(inner)
      put(indicator: "-", spaced: true, indents: true)
      write(item, as: .item, indent: inner, at: place?[.index(index)])
    }
  }

  private mutating func write(_ map: PortableMap, indent: Int?, at place: YAMLSharing.Place?) {
    let inner = indent.map { $0 + Self.step } ?? 0
    for entry in map.inWritingOrder {
      breakLine(inner)
      if YAMLStyle(entry.key)?.isShortKey ?? false {
        writeScalar(entry.key, asKey: true, indent: inner)
        put(indicator: ":", spaced: false)
      } else {
        put(indicator: "?", spaced: true, indents: true)
        writeScalar(entry.key, asKey: false, indent: inner)
        breakLine(inner)
        put(indicator: ":", spaced: true, indents: true)
      }
      write(entry.value, as: .entry, indent: inner, at: place?[.key(entry.key)])
    }
  }
}

extension PortableMap {
  /// Python sorts the keys where it can and keeps their order where it can't.
  var inWritingOrder: [Entry] { sorted() ?? entries }
}
