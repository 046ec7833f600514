// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why bytes are not the flatbuffer they were said to be, as a clause.
struct FlatBufferError: Error, Sendable, Hashable {
  let reason: String
}

/// The bytes of a flatbuffer, read with every offset and count checked.
///
/// Offsets may point anywhere, so a small file could pretend to hold an endless tree of parts that overlap. What is read
/// is therefore counted, and reading stops when it adds up to many times the file.
///
/// Source of the layout: FlatBuffers' internals page (flatbuffers.dev, "FlatBuffer Internals").
final class FlatBuffer {
  let bytes: [UInt8]
  private var allowance: Int

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    allowance = bytes.count.multipliedReportingOverflow(by: 8).partialValue &+ 1 << 16
  }

  /// The table at the root.
  /// - Parameter identifier: the four characters that must follow the root's offset.
  func root(identifier: String) throws(FlatBufferError) -> FlatTable {
    guard bytes.count >= 8 else { throw FlatBufferError(reason: "\(bytes.count) bytes are too few for a flatbuffer") }
    guard bytes[4..<8].elementsEqual(identifier.utf8) else {
      throw FlatBufferError(reason: "the identifier '\(identifier)' is missing")
    }
    return try FlatTable(self, at: offset(at: 0))
  }

  /// The little-endian number at a position.
  func number<Number: FixedWidthInteger>(_ type: Number.Type = Number.self, at position: Int) throws(FlatBufferError)
    -> Number
  {
    let width = Number.bitWidth / 8
    guard position >= 0, position <= bytes.count - width else { throw outside(position) }
    var value: Number = 0
    for index in (0..<width).reversed() {
      value = value << 8 | Number(truncatingIfNeeded: bytes[position + index])
    }
    return value
  }

  /// The position that an offset stored at `position` leads to.
  func offset(at position: Int) throws(FlatBufferError) -> Int {
    let distance = Int(try number(UInt32.self, at: position))
    let (target, overflow) = position.addingReportingOverflow(distance)
    guard distance > 0, !overflow, target < bytes.count else { throw outside(target) }
    return target
  }

  /// The range of a vector's bytes whose length is stored at `position`.
  func vector(at position: Int, elementSize: Int) throws(FlatBufferError) -> Range<Int> {
    let count = Int(try number(UInt32.self, at: position))
    let start = position + 4
    let (size, overflow) = count.multipliedReportingOverflow(by: elementSize)
    guard !overflow, size <= bytes.count - start else {
      throw FlatBufferError(reason: "a list of \(count) elements at byte \(position) is longer than the file")
    }
    return start..<start + size
  }

  /// The text whose length is stored at `position`; bytes that are no UTF-8 are replaced.
  func text(at position: Int) throws(FlatBufferError) -> String {
    let range = try vector(at: position, elementSize: 1)
    try spend(range.count)
    return String(decoding: bytes[range], as: UTF8.self)
  }

  /// Counts bytes that are read.
  func spend(_ count: Int) throws(FlatBufferError) {
    allowance -= count
    guard allowance >= 0 else { throw FlatBufferError(reason: "its parts overlap, so that reading it would not end") }
  }

  private func outside(_ position: Int) -> FlatBufferError {
    FlatBufferError(reason: "it refers to byte \(position) of \(bytes.count)")
  }
}
