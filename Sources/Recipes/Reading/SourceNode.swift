// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

/// A value of a recipe's file together with the place where it was written.
package struct SourceNode: Sendable, Hashable {
  /// What was written.
  package enum Content: Sendable, Hashable {
    case scalar(ConfigurationValue)
    case list([SourceNode])
    case map([Entry])
  }

  /// A key with its value; the order of the file is kept.
  package struct Entry: Sendable, Hashable {
    package var key: String
    package var position: SourcePosition
    package var value: SourceNode
  }

  package var content: Content
  package var position: SourcePosition

  /// The entries of a map; empty if the node isn't one.
  package var entries: [Entry] {
    if case .map(let entries) = content { entries } else { [] }
  }

  /// The value under `key`, if the node is a map that has it.
  package subscript(key: String) -> SourceNode? { entries.first { $0.key == key }?.value }

  /// Whether nothing is said: the key stands there without a value.
  var isEmpty: Bool { content == .scalar(.null) }

  /// The node at a path of keys.
  func node(at path: some Sequence<some StringProtocol>) -> SourceNode? {
    path.reduce(Optional(self)) { $0?[String($1)] }
  }

  /// The node without its places.
  package var value: ConfigurationValue {
    switch content {
    case .scalar(let value): value
    case .list(let nodes): .list(nodes.map(\.value))
    case .map(let entries): .map(Dictionary(entries.map { ($0.key, $0.value.value) }, uniquingKeysWith: { $1 }))
    }
  }

  /// A value that stands in no file but was said at `position`.
  init(_ value: ConfigurationValue, at position: SourcePosition) {
    self.position = position
    content =
      switch value {
      case .list(let values): .list(values.map { SourceNode($0, at: position) })
      case .map(let values):
        .map(
          values.sorted { $0.key < $1.key }.map {
            Entry(key: $0.key, position: position, value: SourceNode($0.value, at: position))
          })
      default: .scalar(value)
      }
  }

  init(content: Content, position: SourcePosition) {
    self.content = content
    self.position = position
  }

  /// The node with the value at `path` replaced; maps that are missing on the way are made.
  ///
  /// A text in the way stands for an ingredient's name, `optimizer: int8`, and becomes `{use: int8}`.
  /// - Parameter keyPosition: where the path was written; new keys are said to stand there.
  func replacing(
    _ path: ArraySlice<String>, by replacement: SourceNode, keyPosition: SourcePosition
  ) -> SourceNode {
    guard let key = path.first else { return replacement }
    var entries = entries
    if case .scalar(.string) = content {
      entries = [Entry(key: Recipe.ingredientKey, position: position, value: self)]
    }
    let empty = SourceNode(content: .map([]), position: keyPosition)
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index].value = entries[index].value
        .replacing(path.dropFirst(), by: replacement, keyPosition: keyPosition)
    } else {
      let value = empty.replacing(path.dropFirst(), by: replacement, keyPosition: keyPosition)
      entries.append(Entry(key: key, position: keyPosition, value: value))
    }
    return SourceNode(content: .map(entries), position: position)
  }

  /// The node without the key at `path`; a group that becomes empty by that goes too.
  func removing(_ path: ArraySlice<String>) -> SourceNode {
    guard let key = path.first, let index = entries.firstIndex(where: { $0.key == key }) else { return self }
    var entries = entries
    if path.count > 1 { entries[index].value = entries[index].value.removing(path.dropFirst()) }
    if path.count == 1 || entries[index].value.content == .map([]) { entries.remove(at: index) }
    return SourceNode(content: .map(entries), position: position)
  }
}
