// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What is wrong with a TOML document, and where.
package struct TOMLProblem: Error, Equatable, CustomStringConvertible {
  /// The line, counted from 1.
  package let line: Int
  /// The reason, as a clause.
  package let why: String

  package var description: String { "line \(line): \(why)" }
}
