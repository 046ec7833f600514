// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Looks for keys that are an alias, a list or a group in a line of YAML: `? …`, `*a : …`, `[…]: …`, `{…}: …`.
struct KeyScan {
  /// The column, from 1, of the first one; `nil` if there is none.
  let suspiciousColumn: Int?

  init(_ line: some StringProtocol) {
    let bytes = Array(line.utf8)
    suspiciousColumn = bytes.indices.first { Self.isSuspicious(bytes, $0) }.map { $0 + 1 }
  }

  private static func isSuspicious(_ bytes: [UInt8], _ index: Int) -> Bool {
    switch bytes[index] {
    case UInt8(ascii: "?"):
      return startsToken(bytes, index) && (index + 1 == bytes.count || isSpace(bytes[index + 1]))
    case UInt8(ascii: ":"):
      guard let before = bytes[..<index].lastIndex(where: { !isSpace($0) }) else { return false }
      if [UInt8(ascii: "]"), UInt8(ascii: "}")].contains(bytes[before]) { return true }
      // The word before the colon: an alias if it begins with a star.
      let start = bytes[...before].lastIndex { isSpace($0) || "[{,".utf8.contains($0) }.map { $0 + 1 } ?? 0
      return bytes[start] == UInt8(ascii: "*")
    default:
      return false
    }
  }

  private static func startsToken(_ bytes: [UInt8], _ index: Int) -> Bool {
    index == 0 || isSpace(bytes[index - 1]) || "[{,".utf8.contains(bytes[index - 1])
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
}
