// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A table while a document is read: tables are opened again and again, from several places.
final class TOMLNode {
  /// What stands under a key.
  enum Entry {
    case value(ConfigurationValue)
    case table(TOMLNode)
    case tables([TOMLNode])
  }

  /// How a table came to be, which decides who may add to it.
  enum Origin { case implied, header, dotted, closed }

  var origin: Origin
  private(set) var entries: [String: Entry] = [:]

  init(_ origin: Origin) { self.origin = origin }

  /// Sets a key that is not there yet; says whether it was free.
  func set(_ key: String, _ entry: Entry) -> Bool {
    guard entries[key] == nil else { return false }
    entries[key] = entry
    return true
  }

  /// Adds a table to a list of tables, which begins with it if there is none; `nil` if the key stands for something
  /// else.
  func append(_ key: String) -> TOMLNode? {
    let node = TOMLNode(.header)
    switch entries[key] {
    case nil: entries[key] = .tables([node])
    case .tables(let nodes)?: entries[key] = .tables(nodes + [node])
    default: return nil
    }
    return node
  }

  /// The table under a key, of a list of tables the last; it is made if there is none. `nil` if the key stands for
  /// something else.
  func open(_ key: String, as origin: Origin) -> TOMLNode? {
    switch entries[key] {
    case nil:
      let node = TOMLNode(origin)
      entries[key] = .table(node)
      return node
    case .table(let node)?: return node.origin == .closed ? nil : node
    case .tables(let nodes)?: return nodes.last
    case .value?: return nil
    }
  }

  /// The table as a value.
  var value: ConfigurationValue {
    .map(
      entries.mapValues { entry in
        switch entry {
        case .value(let value): value
        case .table(let node): node.value
        case .tables(let nodes): .list(nodes.map(\.value))
        }
      })
  }
}
