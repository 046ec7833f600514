// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension StringProtocol {
  /// The text without white space around it.
  var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
