// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

extension PortableValue {
  /// The value as Python's `json.dumps(value, sort_keys=True, separators=(",", ":"))` prints it.
  ///
  /// Everything outside printable ASCII is escaped, astral characters as surrogate pairs; floats print as `repr`
  /// prints them. `nil` if a map's keys can't be sorted, for then Python refuses too.
  public var canonicalJSON: String? {
    var writer = JSONWriter()
    return writer.write(self) ? writer.text : nil
  }

  /// The SHA-256 of the canonical JSON, by which LEIP names ingredients and configurations.
  ///
  /// `nil` where there is no canonical JSON.
  public var identity: Digest? { canonicalJSON.map { Digest(of: $0) } }
}

private struct JSONWriter {
  private(set) var text = ""

  /// Returns whether the value has a canonical form.
  mutating func write(_ value: PortableValue) -> Bool {
    switch value {
    case .list(let list): return write(list)
    case .map(let map): return write(map)
    case .text(let string): write(string)
    default: text += Self.word(value)
    }
    return true
  }

  private static func word(_ value: PortableValue) -> String {
    switch value {
    case .bool(let bool): bool ? "true" : "false"
    case .integer(let integer): integer.description
    case .float(let number): number.isNaN ? "NaN" : number.isFinite ? PythonText.repr(number) : infinity(number)
    case .text(let text): text
    case .null, .list, .map: "null"
    }
  }

  private static func infinity(_ number: Double) -> String { number < 0 ? "-Infinity" : "Infinity" }

  private mutating func write(_ list: [PortableValue]) -> Bool {
    text += "["
    for (index, item) in list.enumerated() {
      if index > 0 { text += "," }
      guard write(item) else { return false }
    }
    text += "]"
    return true
  }

  private mutating func write(_ map: PortableMap) -> Bool {
    guard let entries = map.sorted() else { return false }
    text += "{"
    for (index, entry) in entries.enumerated() {
      if index > 0 { text += "," }
      write(Self.word(entry.key))
      text += ":"
      guard write(entry.value) else { return false }
    }
    text += "}"
    return true
  }

  private mutating func write(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      case " "..."~": text.unicodeScalars.append(scalar)
      default: for unit in String(scalar).utf16 { escape(unit) }
      }
    }
    text += "\""
  }

  private mutating func escape(_ unit: UInt16) {
    let digits = String(unit, radix: 16)
    text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
  }
}
