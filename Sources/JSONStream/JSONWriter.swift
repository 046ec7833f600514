// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Writes JSON piece by piece; commas, quotation marks and escapes are its business. Numbers come back the same when
/// they are read.
public struct JSONWriter {
  /// What was written so far: UTF-8.
  public private(set) var bytes: [UInt8] = []
  private var needsComma = false

  /// Creates an empty document.
  public init() {}

  /// Writes an object.
  public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try enclosed(UInt8(ascii: "{"), UInt8(ascii: "}"), body)
  }

  /// Writes a list.
  public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
    try enclosed(UInt8(ascii: "["), UInt8(ascii: "]"), body)
  }

  /// Writes a key; its value must follow.
  public mutating func key(_ name: String) {
    write(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes text.
  public mutating func write(_ text: String) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 { append(escaped: byte) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a whole number.
  public mutating func write(_ number: Int) { word("\(number)") }

  /// Writes a number; what isn't finite becomes `null`, since JSON has no form for it.
  public mutating func write(_ number: Double) {
    guard number.isFinite else { return null() }
    if number == number.rounded(), abs(number) < 1e15 { word("\(Int(number)).0") } else { word("\(number)") }
  }

  /// Writes a number with the fewest digits that give it back; what isn't finite becomes `null`.
  public mutating func write(_ number: Float) {
    guard number.isFinite else { return null() }
    word("\(number)")
  }

  /// Writes true or false.
  public mutating func write(_ value: Bool) { word(value ? "true" : "false") }

  /// Writes `null`.
  public mutating func null() { word("null") }

  private mutating func word(_ text: String) {
    separate()
    bytes.append(contentsOf: text.utf8)
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func enclosed(
    _ opening: UInt8, _ closing: UInt8, _ body: (inout JSONWriter) throws -> Void
  ) rethrows {
    separate()
    bytes.append(opening)
    needsComma = false
    try body(&self)
    bytes.append(closing)
    needsComma = true
  }

  private mutating func append(escaped byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
    case 0x0A: bytes.append(contentsOf: "\\n".utf8)
    case 0..<0x20:
      let digits = String(byte, radix: 16)
      bytes.append(contentsOf: "\\u00".utf8 + (digits.utf8.count == 1 ? Array("0".utf8) : []) + Array(digits.utf8))
    default: bytes.append(byte)
    }
  }
}
