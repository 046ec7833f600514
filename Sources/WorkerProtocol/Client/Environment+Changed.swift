// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Subprocess

extension Environment {
  /// The environment with other values of some variables; `nil` removes one.
  package func changed(by variables: [String: String?]) -> Environment {
    var changes: [Key: String?] = [:]
    for (name, value) in variables {
      if let key = Key(rawValue: name) { changes[key] = .some(value) }
    }
    return updating(changes)
  }
}
