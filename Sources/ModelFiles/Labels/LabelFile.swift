// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

/// A file of class names in the order of a model's scores: one in a line, a JSON list or dictionary, or a CSV table of
/// indices and names.
public enum LabelFile {
  /// The longest file that is read, in bytes.
  public static let maximumByteCount = 16 << 20

  /// Reads a file.
  /// - Returns: the names, in the order of their indices from 0.
  /// - Throws: `GalleyError` with the line of what is wrong: bytes that are no UTF-8, names that are empty or occur
  ///   twice, indices that are missing.
  public static func read(_ path: String) throws(GalleyError) -> [String] {
    try labels(FileContents.read(path, "the labels", limit: maximumByteCount), path)
  }

  /// Reads a file's bytes.
  /// - Parameter place: the path in messages; a name that ends in `.csv` or `.json` decides the form, otherwise the
  ///   content does.
  /// - Throws: `GalleyError` as ``read(_:)`` does.
  public static func labels(_ bytes: [UInt8], _ place: String) throws(GalleyError) -> [String] {
    let content = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
    guard let text = String(validating: content, as: UTF8.self) else {
      let line = 1 + content.prefix(validLength(content)).count { $0 == UInt8(ascii: "\n") }
      throw refusal("\(place):\(line)", "the bytes of this line are no UTF-8", "Save the file as UTF-8.")
    }
    let lower = place.lowercased()
    let first = text.first { !$0.isWhitespace }
    if lower.hasSuffix(".json") || ((first == "[" || first == "{") && !lower.hasSuffix(".csv")) {
      return try labels(of: JSONDocument.value(Array(content), place, "the labels"), place)
    }
    let lines = try lines(text, place)
    if lower.hasSuffix(".csv") || lines.allSatisfy({ isNumbered($0.text) }) { return try table(lines, place) }
    return try unique(lines, place)
  }

  /// A line with its number.
  struct Line {
    let number: Int
    let text: String
  }

  /// The lines without white space at their ends, and without empty lines at the end of the file.
  private static func lines(_ text: String, _ place: String) throws(GalleyError) -> [Line] {
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated()
      .map { Line(number: $0.offset + 1, text: trimmed($0.element)) }
    while lines.last?.text.isEmpty ?? false { lines.removeLast() }
    if let empty = lines.first(where: \.text.isEmpty) {
      throw refusal(
        "\(place):\(empty.number)", "this line is empty, and a class has a name",
        "Remove the line; the position of a name is its index.")
    }
    guard !lines.isEmpty else { throw refusal(place, "it names no class", "Write one name in a line.") }
    return lines
  }

  private static func unique(_ lines: [Line], _ place: String) throws(GalleyError) -> [String] {
    var seen: [String: Int] = [:]
    for line in lines {
      if let earlier = seen.updateValue(line.number, forKey: line.text) {
        throw refusal(
          "\(place):\(line.number)", "'\(line.text)' occurs in line \(earlier) too",
          "Give each class a name of its own.")
      }
    }
    return lines.map(\.text)
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    let start = text.drop(while: \.isWhitespace)
    return String(start.reversed().drop(while: \.isWhitespace).reversed())
  }

  static func refusal(_ place: String, _ why: String, _ remedy: String) -> GalleyError {
    GalleyError(.badData, "can't read the labels", at: place, why: why, remedy: remedy)
  }

  /// Whether a line begins with an index and a comma.
  private static func isNumbered(_ line: String) -> Bool {
    let digits = line.prefix { ("0"..."9").contains($0) }
    return !digits.isEmpty && line.dropFirst(digits.count).first == ","
  }

  /// How many bytes from the beginning are UTF-8.
  private static func validLength(_ bytes: ArraySlice<UInt8>) -> Int {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    var count = 0
    while case .scalarValue(let scalar) = decoder.decode(&iterator) { count += UTF8.width(scalar) }
    return count
  }
}
