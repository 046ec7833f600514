// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why bytes are not the flatbuffer that they should be, or are one that can't be used.
struct FlatbufferFault: Error, Sendable, Hashable {
  /// The reason, as a clause.
  let reason: String
  /// Whether the bytes are in order and use something that LiteRT's interface doesn't take.
  let isUnsupported: Bool

  init(_ reason: String, isUnsupported: Bool = false) {
    self.reason = reason
    self.isUnsupported = isUnsupported
  }
}

/// The bytes of a flatbuffer, read with every access checked.
///
/// The format: little-endian numbers; a table begins with the distance back to its vtable, which says for each field
/// how far behind the table's beginning it lies, or 0 if it is absent; vectors, texts and tables are referred to by
/// their distance ahead (flatbuffers.dev, "FlatBuffer Internals").
struct FlatbufferBytes {
  let raw: UnsafeRawBufferPointer

  /// The number at `offset`.
  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type = Number.self, at offset: Int
  ) throws(FlatbufferFault) -> Number {
    guard offset >= 0, offset <= raw.count - MemoryLayout<Number>.size else {
      throw FlatbufferFault("it refers to byte \(offset) and has \(raw.count)")
    }
    return Number(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: Number.self))
  }

  /// The place that the reference at `offset` leads to.
  func target(at offset: Int) throws(FlatbufferFault) -> Int {
    let target = offset + Int(try number(UInt32.self, at: offset))
    guard target < raw.count else { throw FlatbufferFault("it refers to byte \(target) and has \(raw.count)") }
    return target
  }

  /// The root table.
  func root() throws(FlatbufferFault) -> FlatbufferTable { try FlatbufferTable(self, at: try target(at: 0)) }
}

/// One table of a flatbuffer. Absent fields are nil, or the default that the schema gives.
struct FlatbufferTable {
  private let bytes: FlatbufferBytes
  private let position: Int
  private let vtable: Int
  private let vtableSize: Int
  private let size: Int

  init(_ bytes: FlatbufferBytes, at position: Int) throws(FlatbufferFault) {
    self.bytes = bytes
    self.position = position
    vtable = position - Int(try bytes.number(Int32.self, at: position))
    vtableSize = Int(try bytes.number(UInt16.self, at: vtable))
    size = Int(try bytes.number(UInt16.self, at: vtable + 2))
    guard vtableSize >= 4, vtable <= bytes.raw.count - vtableSize, position <= bytes.raw.count - size else {
      throw FlatbufferFault("a table at byte \(position) doesn't lie within it")
    }
  }

  /// Where field `slot` lies, if it is there; it holds `width` bytes.
  private func place(_ slot: Int, width: Int) throws(FlatbufferFault) -> Int? {
    let entry = 4 + 2 * slot
    guard entry + 2 <= vtableSize else { return nil }
    let distance = Int(try bytes.number(UInt16.self, at: vtable + entry))
    guard distance != 0 else { return nil }
    guard distance + width <= size else {
      throw FlatbufferFault("a field of the table at byte \(position) lies outside")
    }
    return position + distance
  }

  func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ slot: Int, default value: Number
  ) throws(FlatbufferFault) -> Number {
    guard let place = try place(slot, width: MemoryLayout<Number>.size) else { return value }
    return try bytes.number(at: place)
  }

  func flag(_ slot: Int) throws(FlatbufferFault) -> Bool { try number(slot, default: UInt8(0)) != 0 }

  func table(_ slot: Int) throws(FlatbufferFault) -> FlatbufferTable? {
    guard let place = try place(slot, width: 4) else { return nil }
    return try FlatbufferTable(bytes, at: try bytes.target(at: place))
  }

  /// The elements of a vector of numbers; nil if it is absent.
  func numbers<Number: FixedWidthInteger & BitwiseCopyable>(
    _ slot: Int, as type: Number.Type = Number.self
  ) throws(FlatbufferFault) -> [Number]? {
    guard let span = try span(slot, stride: MemoryLayout<Number>.size) else { return nil }
    var numbers: [Number] = []
    numbers.reserveCapacity(span.count)
    for index in 0..<span.count { numbers.append(try bytes.number(at: span.start + index * MemoryLayout<Number>.size)) }
    return numbers
  }

  /// The bytes of a vector of bytes; nil if it is absent.
  func rawBytes(_ slot: Int) throws(FlatbufferFault) -> UnsafeRawBufferPointer? {
    guard let span = try span(slot, stride: 1) else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes.raw[span.start..<span.start + span.count])
  }

  func text(_ slot: Int) throws(FlatbufferFault) -> String? {
    guard let raw = try rawBytes(slot) else { return nil }
    // The byte after a text is zero. C code reads up to the first one, so that texts which differ only after one are
    // the same to it.
    guard let base = raw.baseAddress, let start = bytes.raw.baseAddress else { return "" }
    guard try bytes.number(UInt8.self, at: base - start + raw.count) == 0, !raw.contains(0) else {
      throw FlatbufferFault("a text in it doesn't end where it should")
    }
    return String(decoding: raw, as: UTF8.self)
  }

  /// The tables of a vector of tables; empty if it is absent.
  func tables(_ slot: Int) throws(FlatbufferFault) -> [FlatbufferTable] {
    guard let span = try span(slot, stride: 4) else { return [] }
    var tables: [FlatbufferTable] = []
    tables.reserveCapacity(span.count)
    for index in 0..<span.count {
      tables.append(try FlatbufferTable(bytes, at: try bytes.target(at: span.start + 4 * index)))
    }
    return tables
  }

  /// Where the elements of a vector begin, and how many there are.
  private func span(_ slot: Int, stride: Int) throws(FlatbufferFault) -> (start: Int, count: Int)? {
    guard let place = try place(slot, width: 4) else { return nil }
    let vector = try bytes.target(at: place)
    let count = Int(try bytes.number(UInt32.self, at: vector))
    guard count <= (bytes.raw.count - vector - 4) / stride else {
      throw FlatbufferFault("a vector of \(count) elements at byte \(vector) doesn't lie within it")
    }
    return (vector + 4, count)
  }
}
