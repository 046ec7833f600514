// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A table of a flatbuffer: fields by slot, each of which may be left out.
struct FlatTable {
  private let buffer: FlatBuffer
  private let position: Int
  private let fieldTable: Int
  private let fieldCount: Int

  init(_ buffer: FlatBuffer, at position: Int) throws(FlatBufferError) {
    self.buffer = buffer
    self.position = position
    try buffer.spend(4)
    let distance = Int(try buffer.number(Int32.self, at: position))
    fieldTable = position - distance
    let size = Int(try buffer.number(UInt16.self, at: fieldTable))
    guard size >= 4, size % 2 == 0, fieldTable <= buffer.bytes.count - size else {
      throw FlatBufferError(reason: "the table at byte \(position) has no valid list of fields")
    }
    fieldCount = (size - 4) / 2
  }

  /// Where a field's value stands, `nil` if it is left out.
  private func place(_ slot: Int) throws(FlatBufferError) -> Int? {
    guard slot < fieldCount else { return nil }
    let offset = Int(try buffer.number(UInt16.self, at: fieldTable + 4 + 2 * slot))
    return offset == 0 ? nil : position + offset
  }

  /// A number; its default if the field is left out.
  func number<Number: FixedWidthInteger>(_ slot: Int, default value: Number) throws(FlatBufferError) -> Number {
    guard let place = try place(slot) else { return value }
    return try buffer.number(at: place)
  }

  /// A text; empty if the field is left out.
  func text(_ slot: Int) throws(FlatBufferError) -> String {
    guard let place = try place(slot) else { return "" }
    return try buffer.text(at: buffer.offset(at: place))
  }

  /// A table; `nil` if the field is left out.
  func table(_ slot: Int) throws(FlatBufferError) -> FlatTable? {
    guard let place = try place(slot) else { return nil }
    return try FlatTable(buffer, at: buffer.offset(at: place))
  }

  /// A list of tables; empty if the field is left out.
  func tables(_ slot: Int) throws(FlatBufferError) -> [FlatTable] {
    guard let range = try vector(slot, elementSize: 4) else { return [] }
    try buffer.spend(range.count)
    var tables: [FlatTable] = []
    for place in stride(from: range.lowerBound, to: range.upperBound, by: 4) {
      tables.append(try FlatTable(buffer, at: buffer.offset(at: place)))
    }
    return tables
  }

  /// A list of whole numbers; `nil` if the field is left out.
  func numbers<Number: FixedWidthInteger>(_ slot: Int, as type: Number.Type) throws(FlatBufferError) -> [Number]? {
    let width = Number.bitWidth / 8
    guard let range = try vector(slot, elementSize: width) else { return nil }
    try buffer.spend(range.count)
    var numbers: [Number] = []
    for place in stride(from: range.lowerBound, to: range.upperBound, by: width) {
      numbers.append(try buffer.number(at: place))
    }
    return numbers
  }

  /// A list of single-precision numbers; empty if the field is left out.
  func floats(_ slot: Int) throws(FlatBufferError) -> [Float] {
    try numbers(slot, as: UInt32.self)?.map(Float.init(bitPattern:)) ?? []
  }

  /// The range of a list's bytes in the file; `nil` if the field is left out.
  func vector(_ slot: Int, elementSize: Int) throws(FlatBufferError) -> Range<Int>? {
    guard let place = try place(slot) else { return nil }
    return try buffer.vector(at: buffer.offset(at: place), elementSize: elementSize)
  }
}
