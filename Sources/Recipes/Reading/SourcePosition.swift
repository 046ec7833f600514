// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A place in a file.
package struct SourcePosition: Sendable, Hashable, CustomStringConvertible {
  var file: String
  var line: Int
  var column: Int

  package var description: String { "\(file):\(line):\(column)" }
}
