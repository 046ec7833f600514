// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Yams

/// A value of a recipe's file together with the place where it was written.
struct SourceNode {
  /// What was written.
  enum Content {
    case scalar(ConfigurationValue)
    case list([SourceNode])
    case map([Entry])
  }

  /// A key with its value; the order of the file is kept.
  struct Entry {
    var key: String
    var position: SourcePosition
    var value: SourceNode
  }

  var content: Content
  var position: SourcePosition

  /// The entries of a map; empty if the node isn't one.
  var entries: [Entry] {
    if case .map(let entries) = content { entries } else { [] }
  }

  /// The value under `key`, if the node is a map that has it.
  subscript(key: String) -> SourceNode? { entries.first { $0.key == key }?.value }

  /// The node without its places.
  var value: ConfigurationValue {
    switch content {
    case .scalar(let value): value
    case .list(let nodes): .list(nodes.map(\.value))
    case .map(let entries): .map(Dictionary(entries.map { ($0.key, $0.value.value) }, uniquingKeysWith: { $1 }))
    }
  }

  /// The node with the value at `path` replaced; maps that are missing on the way are made.
  ///
  /// A text in the way stands for an ingredient's name, `optimizer: int8`, and becomes `{use: int8}`.
  func replacing(_ path: ArraySlice<String>, by replacement: SourceNode) -> SourceNode {
    guard let key = path.first else { return replacement }
    var entries = entries
    if case .scalar(.string) = content {
      entries = [Entry(key: Recipe.ingredientKey, position: position, value: self)]
    }
    let empty = SourceNode(content: .map([]), position: replacement.position)
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index].value = entries[index].value.replacing(path.dropFirst(), by: replacement)
    } else {
      let value = empty.replacing(path.dropFirst(), by: replacement)
      entries.append(Entry(key: key, position: replacement.position, value: value))
    }
    return SourceNode(content: .map(entries), position: position)
  }
}

/// A place in a file.
struct SourcePosition: Hashable, CustomStringConvertible {
  var file: String
  var line: Int
  var column: Int

  var description: String { "\(file):\(line):\(column)" }
}
