// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A value of a YAML or JSON text with the place of its bytes; positions are offsets in the UTF-8 text.
struct TextNode {
  /// What stands there.
  enum Kind {
    /// Nothing was written.
    case empty
    case scalar
    /// A reference to an anchor, `*name`.
    case alias
    /// A valid form that edits keep away from: a pair in a flow list, `[a: b]`.
    case opaque
    case map([TextEntry])
    case list([TextEntry])
  }

  var kind: Kind
  /// First byte, that of an anchor or a tag if there is one.
  var start: Int
  /// First byte of the value behind its anchor and tag.
  var contentStart: Int
  /// Behind the last byte; of a block group, behind its last value.
  var end: Int
  /// Whether it is a group in brackets.
  var isFlow = false
  /// Where the entries of a block group begin, counted from the line's first byte.
  var column = 0
  /// The name under which aliases refer to the value.
  var anchor: String?
  /// The comment beside the `|` or `>` of a block scalar.
  var headerComment: Range<Int>?

  /// The entries of a group; empty if it is none.
  var entries: [TextEntry] {
    switch kind {
    case .map(let entries), .list(let entries): entries
    default: []
    }
  }

  var isEmpty: Bool { if case .empty = kind { true } else { false } }

  /// Whether it is a group of lines, without brackets.
  var isBlockGroup: Bool {
    switch kind {
    case .map, .list: !isFlow
    default: false
    }
  }
}

/// A key with its value, or an element of a list.
struct TextEntry {
  /// The key, once the layout was compared with the parsed tree; an element's position in a list.
  var key = ""
  /// First byte of the key, or of the list's dash; of an element in brackets, that of the value.
  var start: Int
  /// Whether the key stands in double quotes.
  var keyIsQuoted = false
  /// Behind the colon or the dash; `nil` if the flow style needs none.
  var markerEnd: Int?
  var value: TextNode
  /// The comma behind an entry in brackets.
  var comma: Int?

  /// Behind the last byte of the entry.
  var end: Int { value.isEmpty ? max(markerEnd ?? value.end, value.start) : value.end }
}

/// A whole text's layout.
struct TextLayout {
  var root: TextNode
  /// All comments, from `#` to the end of the line.
  var comments: [Range<Int>]
  /// Where anchors are defined, and where aliases refer to them.
  var anchors: [(name: String, place: Int)]
  var aliases: [(name: String, place: Int)]
  /// Where the document's content ends: at `...`, or at the end of the text.
  var documentEnd: Int

  /// Whether a value with this anchor is used elsewhere too.
  func isShared(_ anchor: String) -> Bool { aliases.contains { $0.name == anchor } }

  /// An anchor defined inside `range` and used outside, if there is one.
  func anchor(leaving range: Range<Int>) -> String? {
    anchors.first { anchor in
      range.contains(anchor.place) && aliases.contains { $0.name == anchor.name && !range.contains($0.place) }
    }?.name
  }
}
