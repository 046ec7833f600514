// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads JSON (RFC 8259) from bytes, value by value, without building a tree.
///
/// Whoever reads asks for what it expects next; a value that nobody wants is skipped, and checked nevertheless. Text
/// must be UTF-8. Numbers are read exactly: a fraction becomes the nearest `Double`.
///
/// ```swift
/// try JSONReader.read(bytes) { json in
///   try json.object { json, key in
///     if key == "images" { try json.array { json in … } } else { try json.skip() }
///   }
/// }
/// ```
public struct JSONReader {
  /// How deep values may lie in each other.
  public static let maximumDepth = 512

  let bytes: UnsafeBufferPointer<UInt8>
  /// Bytes read so far.
  public private(set) var offset = 0
  private var depth = 0
  /// Nothing was read yet of the innermost list or object.
  private var isFirst = true

  private init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Reads one document; nothing but white space may follow it.
  /// - Throws: `JSONProblem`, and what `body` throws.
  public static func read<Result>(
    _ bytes: UnsafeRawBufferPointer, _ body: (inout JSONReader) throws -> Result
  ) throws -> Result {
    try bytes.withMemoryRebound(to: UInt8.self) { bytes in
      var reader = JSONReader(bytes)
      // A byte order mark is tolerated, as RFC 8259 allows.
      if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.offset = 3 }
      if let place = UTF8Check.firstFault(in: bytes) { throw reader.problem("the text is not UTF-8", at: place) }
      let result = try body(&reader)
      try reader.finish()
      return result
    }
  }

  /// A problem at a place, by default here.
  public func problem(_ message: String, at place: Int? = nil) -> JSONProblem {
    let place = min(place ?? offset, bytes.count)
    var line = 1
    var lineStart = 0
    for index in 0..<place where bytes[index] == UInt8(ascii: "\n") {
      line += 1
      lineStart = index + 1
    }
    return JSONProblem(message, offset: place, line: line, column: place - lineStart + 1)
  }

  private mutating func finish() throws(JSONProblem) {
    skipSpace()
    guard offset == bytes.count else { throw problem("something follows the end of the document") }
  }

  /// The next byte that isn't white space, without taking it; `nil` at the end.
  @inline(__always)
  mutating func peekByte() -> UInt8? {
    skipSpace()
    return offset < bytes.count ? bytes[offset] : nil
  }

  @inline(__always)
  mutating func take() { offset += 1 }

  @inline(__always)
  mutating func move(to place: Int) { offset = place }

  @inline(__always)
  private mutating func skipSpace() {
    while offset < bytes.count {
      let byte = bytes[offset]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
      offset += 1
    }
  }
}

// MARK: - Lists and objects

extension JSONReader {
  /// Enters a list; then ``nextElement()`` says whether there is another element.
  public mutating func beginArray() throws(JSONProblem) { try enter(UInt8(ascii: "["), "a list") }

  /// Enters an object; then ``nextKey()`` gives its keys.
  public mutating func beginObject() throws(JSONProblem) { try enter(UInt8(ascii: "{"), "an object") }

  /// Whether the list has another element, which must then be read; leaves the list at its end.
  public mutating func nextElement() throws(JSONProblem) -> Bool { try advance(closing: UInt8(ascii: "]")) }

  /// The object's next key, whose value must then be read; `nil` at its end.
  public mutating func nextKey() throws(JSONProblem) -> JSONText? {
    guard try advance(closing: UInt8(ascii: "}")) else { return nil }
    let key = try text()
    guard peekByte() == UInt8(ascii: ":") else { throw problem("a colon is missing after a key") }
    take()
    return key
  }

  /// Reads a list.
  public mutating func array(_ body: (inout JSONReader) throws -> Void) throws {
    try beginArray()
    while try nextElement() { try body(&self) }
  }

  /// Reads an object.
  public mutating func object(_ body: (inout JSONReader, JSONText) throws -> Void) throws {
    try beginObject()
    while let key = try nextKey() { try body(&self, key) }
  }

  private mutating func enter(_ bracket: UInt8, _ name: String) throws(JSONProblem) {
    guard peekByte() == bracket else { throw problem("\(name) was expected, but there is \(kindName())") }
    depth += 1
    guard depth <= Self.maximumDepth else { throw problem("values lie more than \(Self.maximumDepth) deep") }
    take()
    isFirst = true
  }

  @inline(__always)
  private mutating func advance(closing bracket: UInt8) throws(JSONProblem) -> Bool {
    guard let byte = peekByte() else { throw problem("the document ends too early") }
    if byte == bracket {
      take()
      depth -= 1
      isFirst = false
      return false
    }
    if isFirst {
      isFirst = false
      return true
    }
    guard byte == UInt8(ascii: ",") else { throw problem("a comma or the closing bracket is missing") }
    take()
    guard let next = peekByte() else { throw problem("the document ends too early") }
    guard next != bracket else { throw problem("a comma stands before the closing bracket") }
    return true
  }
}
