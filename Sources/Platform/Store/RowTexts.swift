// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The texts of some rows, one after the other in one piece of memory.
///
/// A list of a hundred thousand items has half a million texts, and nobody looks at all of them: as strings of their own,
/// making and freeing them would take longer than reading the rows. Each becomes a string when it is asked for.
final class RowTexts: Sendable {
  private let bytes: [UInt8]

  /// Takes UTF-8.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The text between two places; empty if nothing lies there.
  subscript(_ start: UInt32, _ end: UInt32) -> String {
    bytes.withUnsafeBufferPointer { bytes in
      guard start < end, Int(end) <= bytes.count else { return "" }
      return String(decoding: UnsafeBufferPointer(rebasing: bytes[Int(start)..<Int(end)]), as: UTF8.self)
    }
  }
}
