// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Standard error with a last line that the next one replaces on a terminal; elsewhere lines are plain and rare.
struct MovingLine {
  /// Time between two plain lines that say how far the work is.
  static let plainInterval = Duration.seconds(5)

  /// Whether lines can move.
  let isTerminal: Bool
  private var isOpen = false

  init(_ console: Console) { isTerminal = isatty(STDERR_FILENO) != 0 && console.style == .text }

  /// Prints text in place of the moving line.
  /// - Parameter moves: Whether the next text replaces this one.
  mutating func write(_ text: String, moves: Bool = false) {
    // Carriage return and "erase to the end of the line" (ECMA-48, EL).
    Console.writeError((isOpen ? "\r\u{1B}[K" : "") + text)
    isOpen = moves
  }

  /// Ends the moving line, so that what comes next begins on its own.
  mutating func end() {
    if isOpen { write("") }
  }
}
