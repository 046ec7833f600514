// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The header of an NPY file.
struct NPYHeader {
  /// NumPy's name of the type, such as `<f4`.
  var type = ""
  var isFortran = false
  var shape: [Int] = []

  /// NumPy's types without their byte order.
  static let names: [String: ElementType] = [
    "b1": .bool, "u1": .uint8, "u2": .uint16, "u4": .uint32, "u8": .uint64, "i1": .int8, "i2": .int16, "i4": .int32,
    "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64, "c8": .complex64, "c16": .complex128,
  ]

  var isBigEndian: Bool { type.hasPrefix(">") }
  /// The letter of the type.
  var kind: Character { type.dropFirst().first ?? " " }
  /// Characters of a text.
  var length: Int { max(0, Int(type.dropFirst(2)) ?? 0) }
  var elementType: ElementType? { Self.names[String(type.dropFirst())] }
  /// Bytes whose order is reversed in big-endian files: complex numbers have two parts.
  var swapWidth: Int { (elementType?.byteCount ?? 1) / (kind == "c" ? 2 : 1) }

  /// The header, and where the elements begin.
  static func read(_ bytes: [UInt8]) throws(TensorError) -> (NPYHeader, Int) {
    guard bytes.count > 10, bytes.starts(with: [0x93] + Array("NUMPY".utf8)) else {
      throw TensorError(.malformedFile, "it is no NPY file")
    }
    let isLong = bytes[6] >= 2
    let start = isLong ? 12 : 10
    guard bytes[6] <= 3, bytes.count >= start else { throw TensorError(.malformedFile, "its version is unknown") }
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= bytes.count - start, length <= 1 << 20 else {
      throw TensorError(.malformedFile, "its header is cut or too long")
    }
    var parser = NPYHeaderParser(Array(bytes[start..<start + length]))
    guard let header = parser.parse() else { throw TensorError(.malformedFile, "its header is damaged") }
    return (header, start + length)
  }

  /// The bytes before the elements, filled with spaces to a multiple of 64 as NumPy does.
  static func bytes(type: String, shape: [Int]) -> [UInt8] {
    let numbers = shape.count == 1 ? "(\(shape[0]),)" : "(" + shape.map(String.init).joined(separator: ", ") + ")"
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(numbers), }"
    let padding = (64 - (10 + text.utf8.count + 1) % 64) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }
}

/// Reads the Python dictionary of a header: three keys with a text, a truth value and a tuple of numbers.
private struct NPYHeaderParser {
  private let bytes: [UInt8]
  private var place = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func parse() -> NPYHeader? {
    var header = NPYHeader()
    guard take("{") else { return nil }
    var keys: Set<String> = []
    while !take("}") {
      guard let key = text(), keys.insert(key).inserted, take(":") else { return nil }
      switch key {
      case "descr":
        guard let type = text() else { return nil }
        header.type = type
      case "fortran_order":
        if word("True") { header.isFortran = true } else if !word("False") { return nil }
      case "shape":
        guard let shape = tuple() else { return nil }
        header.shape = shape
      default: return nil
      }
      guard take(",") || (place < bytes.count && bytes[place] == UInt8(ascii: "}")) else { return nil }
    }
    return keys.count == 3 ? header : nil
  }

  private mutating func skipSpace() {
    while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x0A { place += 1 }
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    skipSpace()
    guard place < bytes.count, bytes[place] == UInt8(ascii: sign) else { return false }
    place += 1
    return true
  }

  private mutating func word(_ word: String) -> Bool {
    skipSpace()
    guard bytes[place...].starts(with: word.utf8) else { return false }
    place += word.utf8.count
    return true
  }

  private mutating func text() -> String? {
    skipSpace()
    guard place < bytes.count, bytes[place] == UInt8(ascii: "'") || bytes[place] == UInt8(ascii: "\"") else {
      return nil
    }
    let quote = bytes[place]
    guard let end = bytes[(place + 1)...].firstIndex(of: quote) else { return nil }
    defer { place = end + 1 }
    return String(decoding: bytes[place + 1..<end], as: UTF8.self)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var values: [Int] = []
    while !take(")") {
      skipSpace()
      let digits = bytes[place...].prefix { $0 &- UInt8(ascii: "0") < 10 }
      guard let value = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      values.append(value)
      place += digits.count
      _ = take(",")
    }
    return values
  }
}
