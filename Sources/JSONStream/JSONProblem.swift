// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why bytes are no JSON, or not the JSON that was expected.
public struct JSONProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, as a clause.
  public var message: String
  /// Bytes before the place where it is wrong.
  public var offset: Int
  /// The line of that place, counted from 1.
  public var line: Int
  /// The column of that place: bytes before it in its line, plus one.
  public var column: Int

  /// Creates a problem.
  public init(_ message: String, offset: Int, line: Int, column: Int) {
    self.message = message
    self.offset = offset
    self.line = line
    self.column = column
  }

  public var description: String { "line \(line), column \(column): \(message)" }
}
