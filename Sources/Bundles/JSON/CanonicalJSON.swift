// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import JSONStream

/// JSON in the one form that is accepted: UTF-8, keys in the order of their bytes, no spaces, whole numbers only, no
/// control characters in texts, and `\"` and `\\` as the only escapes. Equal documents have equal bytes.
enum CanonicalJSON {
  /// Reads a document, then writes it again: it must come back byte for byte.
  /// - Parameters:
  ///   - failure: what fails if the document is refused, as a clause.
  ///   - place: where it comes from.
  static func read<Document>(
    _ data: Data, _ failure: String, at place: String, _ read: (inout JSONReader) throws -> Document,
    writing write: (Document, inout JSONWriter) -> Void
  ) throws(GalleyError) -> Document {
    func refusal(_ why: String) -> GalleyError { GalleyError(.badData, failure, at: place, why: why) }
    let document: Document
    do {
      document = try data.withUnsafeBytes { bytes in
        // The reader tolerates a byte order mark; here it is one form too many.
        guard bytes.first == UInt8(ascii: "{") else { throw CanonicalProblem("it doesn't begin with '{'") }
        return try JSONReader.read(bytes) { json in try read(&json) }
      }
    } catch let error as GalleyError {
      throw error
    } catch {
      throw refusal("\(error)")
    }
    var writer = JSONWriter()
    write(document, &writer)
    if let place = firstDifference(data, writer.bytes) {
      throw refusal("it is not in canonical form from byte \(place) on")
    }
    return document
  }

  private static func firstDifference(_ data: Data, _ bytes: [UInt8]) -> Int? {
    data.withUnsafeBytes { read in
      bytes.withUnsafeBytes { written in
        if read.count == written.count, read.elementsEqual(written) { return nil }
        return zip(read, written).enumerated().first { $0.element.0 != $0.element.1 }?.offset
          ?? min(read.count, written.count)
      }
    }
  }
}

/// What is wrong with a document, as a clause.
struct CanonicalProblem: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

extension JSONReader {
  /// Reads an object whose keys must be in order and known.
  /// - Parameter body: reads the value of a key, or says that it knows no such key.
  mutating func fields(_ body: (inout JSONReader, JSONText) throws -> Bool) throws {
    var last: String?
    try object { json, key in
      let name = try json.string(key)
      if let last, !last.precedes(name) {
        throw json.problem(
          last == name ? "the key '\(name)' stands twice" : "the keys '\(last)', '\(name)' are not in order")
      }
      last = name
      guard try body(&json, key) else { throw json.problem("the key '\(name.prefix(100))' is unknown") }
    }
  }

  /// Reads a list of limited length.
  mutating func list<Element>(
    _ what: String, atMost limit: Int, _ element: (inout JSONReader) throws -> Element
  ) throws -> [Element] {
    var elements: [Element] = []
    try array { json in
      guard elements.count < limit else { throw json.problem("there are more than \(limit) \(what)") }
      elements.append(try element(&json))
    }
    return elements
  }

  /// Reads a text of limited length without control characters.
  mutating func plainText(atMost limit: Int) throws -> String {
    let text = try text()
    guard text.bytesCount <= limit else { throw problem("a text has more than \(limit) bytes") }
    let string = try string(text)
    guard string.isPlain else { throw problem("a text contains control characters") }
    return string
  }

  /// Reads a SHA-256 in lower case.
  mutating func digest() throws -> Digest {
    let text = try plainText(atMost: 64)
    guard let digest = Digest(hex: text), digest.hex == text else {
      throw problem("'\(text)' is no SHA-256 of 64 lower-case digits")
    }
    return digest
  }

  /// Reads a time.
  mutating func time() throws -> BundleTime {
    let text = try plainText(atMost: 20)
    guard let time = BundleTime(text), time.description == text else {
      throw problem("'\(text)' is no time like 2026-11-26T00:50:00Z")
    }
    return time
  }

  /// What must be there.
  func required<Value>(_ value: Value?, _ key: String) throws -> Value {
    guard let value else { throw problem("the key '\(key)' is missing") }
    return value
  }
}

extension JSONText {
  /// The length of the text as it stands in the document.
  fileprivate var bytesCount: Int { plainBytes?.count ?? decoded?.utf8.count ?? 0 }
}

extension String {
  /// Whether a text stands before another in the order of their UTF-8 bytes, which is that of their code points.
  func precedes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }

  /// Whether a text is free of the control characters of ASCII.
  var isPlain: Bool { utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }
}

extension Sequence where Element == String {
  /// The texts in the order of their bytes, each once.
  func sortedByBytes() -> [String] {
    sorted { $0.precedes($1) }.reduce(into: []) { list, text in
      if list.last.map({ $0.precedes(text) }) ?? true { list.append(text) }
    }
  }
}
