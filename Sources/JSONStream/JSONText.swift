// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A text of a JSON document that hasn't been copied: a key, usually, that is only compared.
public struct JSONText {
  let bytes: UnsafeBufferPointer<UInt8>
  let hasEscapes: Bool

  /// Whether the text is this one. Text with escapes is decoded first.
  @inline(__always)
  public static func == (left: JSONText, right: StaticString) -> Bool {
    if left.hasEscapes { return left.decoded == "\(right)" }
    guard left.bytes.count == right.utf8CodeUnitCount else { return false }
    for index in 0..<left.bytes.count where left.bytes[index] != right.utf8Start[index] { return false }
    return true
  }

  /// So that a `switch` can compare it.
  @inline(__always)
  public static func ~= (pattern: StaticString, text: JSONText) -> Bool { text == pattern }

  /// The raw bytes; `nil` if they contain escapes.
  public var plainBytes: UnsafeBufferPointer<UInt8>? { hasEscapes ? nil : bytes }

  /// The text; `nil` if an escape is wrong. (The reader has checked that already.)
  public var decoded: String? {
    if !hasEscapes { return String(decoding: bytes, as: UTF8.self) }
    var units: [UInt16] = []
    var plain: [UInt8] = []
    var text = ""
    func flush() {
      text += String(decoding: plain, as: UTF8.self)
      text += String(decoding: units, as: UTF16.self)
      plain.removeAll(keepingCapacity: true)
      units.removeAll(keepingCapacity: true)
    }
    var place = 0
    while place < bytes.count {
      if bytes[place] != UInt8(ascii: "\\") {
        if !units.isEmpty { flush() }
        plain.append(bytes[place])
        place += 1
        continue
      }
      if !plain.isEmpty { flush() }
      guard let (unit, length) = Self.escape(bytes, at: place) else { return nil }
      units.append(unit)
      place += length
    }
    flush()
    return text
  }

  /// The unit of UTF-16 that an escape stands for, and the length of the escape.
  static func escape(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int) -> (UInt16, Int)? {
    guard place + 1 < bytes.count else { return nil }
    switch bytes[place + 1] {
    case UInt8(ascii: "\""): return (0x22, 2)
    case UInt8(ascii: "\\"): return (0x5C, 2)
    case UInt8(ascii: "/"): return (0x2F, 2)
    case UInt8(ascii: "b"): return (0x08, 2)
    case UInt8(ascii: "f"): return (0x0C, 2)
    case UInt8(ascii: "n"): return (0x0A, 2)
    case UInt8(ascii: "r"): return (0x0D, 2)
    case UInt8(ascii: "t"): return (0x09, 2)
    case UInt8(ascii: "u"):
      guard place + 6 <= bytes.count else { return nil }
      var unit: UInt16 = 0
      for index in place + 2..<place + 6 {
        guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else { return nil }
        unit = unit << 4 | UInt16(digit)
      }
      return (unit, 6)
    default: return nil
    }
  }
}

extension JSONReader {
  /// Reads text without copying it; it is valid only while the document is read.
  public mutating func text() throws(JSONProblem) -> JSONText {
    guard peekByte() == UInt8(ascii: "\"") else { throw problem("text was expected, but there is \(kindName())") }
    let start = offset + 1
    var place = start
    var hasEscapes = false
    while place < bytes.count {
      let byte = bytes[place]
      if byte == UInt8(ascii: "\"") {
        move(to: place + 1)
        return JSONText(bytes: UnsafeBufferPointer(rebasing: bytes[start..<place]), hasEscapes: hasEscapes)
      }
      guard byte >= 0x20 else { throw problem("a control character stands in a text", at: place) }
      if byte == UInt8(ascii: "\\") {
        guard let (_, length) = JSONText.escape(bytes, at: place) else {
          throw problem("this escape is unknown", at: place)
        }
        hasEscapes = true
        place += length
      } else {
        place += 1
      }
    }
    throw problem("a text is not closed", at: start - 1)
  }

  /// The text as a value of its own.
  public func string(_ text: JSONText) throws(JSONProblem) -> String {
    guard let decoded = text.decoded else { throw problem("an escape is wrong") }
    return decoded
  }
}
