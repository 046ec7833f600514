// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension JSONReader {
  /// The kinds of values.
  public enum Kind: Sendable, Hashable { case object, array, string, number, bool, null }

  /// The kind of the next value, without reading it; `nil` if none begins here.
  public mutating func kind() -> Kind? {
    switch peekByte() {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    case UInt8(ascii: "n"): .null
    case .some(let byte) where byte == UInt8(ascii: "-") || JSONNumber.isDigit(byte): .number
    default: nil
    }
  }

  /// The kind of the next value, in words for messages.
  public mutating func kindName() -> String {
    switch kind() {
    case .object: "an object"
    case .array: "a list"
    case .string: "text"
    case .number: "a number"
    case .bool: "true or false"
    case .null: "null"
    case nil: offset < bytes.count ? "something that is no JSON" : "the end of the document"
    }
  }

  /// Reads text.
  public mutating func string() throws(JSONProblem) -> String { try string(text()) }

  /// Reads a number.
  public mutating func double() throws(JSONProblem) -> Double {
    let number = try number()
    return number.value(in: bytes)
  }

  /// Reads a list of numbers to the end of `list`: the bulk of most files, in one call.
  public mutating func numbers(into list: inout [Double]) throws(JSONProblem) {
    try beginArray()
    while try nextElement() { list.append(try double()) }
  }

  /// Reads a whole number; `12.0` and `1e3` are whole too.
  public mutating func int() throws(JSONProblem) -> Int {
    _ = peekByte()
    let start = offset
    let number = try number()
    guard let value = number.whole ?? Int(exactly: number.value(in: bytes)) else {
      throw problem("a whole number was expected", at: start)
    }
    return value
  }

  /// Reads true or false.
  public mutating func bool() throws(JSONProblem) -> Bool {
    if try takeWord("true") { return true }
    if try takeWord("false") { return false }
    throw problem("true or false was expected, but there is \(kindName())")
  }

  /// Reads `null` if it is next; says whether it was.
  public mutating func null() throws(JSONProblem) -> Bool { try takeWord("null") }

  /// Reads over the next value, which must be well formed.
  public mutating func skip() throws(JSONProblem) {
    // Brackets of the lists and objects that were entered; no recursion, so that no input can exhaust the stack.
    var isObject: [Bool] = []
    repeat {
      if let innermost = isObject.last {
        let hasMore = innermost ? try nextKey() != nil : try nextElement()
        if !hasMore {
          isObject.removeLast()
          continue
        }
      }
      switch kind() {
      case .object:
        try beginObject()
        isObject.append(true)
      case .array:
        try beginArray()
        isObject.append(false)
      case .string: _ = try text()
      case .number: _ = try number()
      case .bool: _ = try bool()
      case .null: _ = try null()
      case nil: throw problem("a value was expected, but there is \(kindName())")
      }
    } while !isObject.isEmpty
  }

  private mutating func number() throws(JSONProblem) -> JSONNumber {
    guard let first = peekByte(), first == UInt8(ascii: "-") || JSONNumber.isDigit(first) else {
      throw problem("a number was expected, but there is \(kindName())")
    }
    guard let number = JSONNumber(in: bytes, from: offset) else { throw problem("this is no number as JSON writes it") }
    move(to: number.end)
    return number
  }

  private mutating func takeWord(_ word: StaticString) throws(JSONProblem) -> Bool {
    guard let first = peekByte(), first == word.utf8Start.pointee else { return false }
    guard bytes.count - offset >= word.utf8CodeUnitCount,
      (0..<word.utf8CodeUnitCount).allSatisfy({ bytes[offset + $0] == word.utf8Start[$0] })
    else { throw problem("this is no JSON") }
    move(to: offset + word.utf8CodeUnitCount)
    return true
  }
}
