// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
package import JSONStream

extension JSONWriter {
  /// Any value; keys of maps in the order of their bytes.
  package mutating func write(_ value: ConfigurationValue) {
    switch value {
    case .null: null()
    case .bool(let value): write(value)
    case .int(let value): write(value)
    case .float(let value): write(value)
    case .string(let value): write(value)
    case .list(let values): array { json in for value in values { json.write(value) } }
    case .map(let values):
      object { json in
        for (name, value) in values.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
          json.key(name)
          json.write(value)
        }
      }
    }
  }
}
