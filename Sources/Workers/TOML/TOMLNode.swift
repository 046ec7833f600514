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
  /// How many tables lie around it.
  let depth: Int
  private(set) var entries: [String: Entry] = [:]

  init(_ origin: Origin, depth: Int) { (self.origin, self.depth) = (origin, depth) }

  /// Sets a key that is not there yet; says whether it was free.
  func set(_ key: String, _ entry: Entry) -> Bool {
    guard entries[key] == nil else { return false }
    entries[key] = entry
    return true
  }

  /// Adds a table to a list of tables, which begins with it if there is none; `nil` if the key stands for something
  /// else.
  func append(_ key: String) -> TOMLNode? {
    let node = TOMLNode(.header, depth: depth + 1)
    switch entries[key] {
    case nil: entries[key] = .tables([node])
    case .tables(var nodes)?:
      // Taken out, so that a list of many isn't copied for each.
      entries[key] = nil
      nodes.append(node)
      entries[key] = .tables(nodes)
    default: return nil
    }
    return node
  }

  /// The table under a key, of a list of tables the last; it is made if there is none. `nil` if the key stands for
  /// something else.
  func open(_ key: String, as origin: Origin) -> TOMLNode? {
    switch entries[key] {
    case nil:
      let node = TOMLNode(origin, depth: depth + 1)
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
