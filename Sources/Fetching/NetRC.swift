// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The names and passwords that a `.netrc` file holds, in the format of the GNU inetutils manual.
///
/// An entry `default` is read and not used: a password that would go to every host goes to none.
package struct NetRC: Sendable {
  /// A name and its password.
  package struct Entry: Sendable, Equatable {
    package var login = ""
    package var password = ""
  }

  /// What is wrong with a file, in words without anything that stands in it.
  package struct Fault: Error, Sendable, Equatable {
    package let words: String
  }

  /// The first entry of each host.
  package let machines: [String: Entry]

  /// Reads the text of a file.
  package init(_ text: String) throws(Fault) {
    var reader = Reader(text)
    var machines: [String: Entry] = [:]
    while let keyword = reader.word() {
      switch keyword {
      case _ where keyword.hasPrefix("#"): reader.skipLine()
      case "machine":
        let host = try reader.value(of: keyword).lowercased()
        let entry = try Self.entry(&reader)
        machines[host] = machines[host] ?? entry
      case "default": _ = try Self.entry(&reader)
      case "macdef": reader.skipMacro()
      default: throw Fault(words: "line \(reader.line) has something else where 'machine' is expected")
      }
    }
    self.machines = machines
  }

  private static func entry(_ reader: inout Reader) throws(Fault) -> Entry {
    var entry = Entry()
    while true {
      let start = reader
      guard let keyword = reader.word() else { return entry }
      switch keyword {
      case "login", "user": entry.login = try reader.value(of: keyword)
      case "password": entry.password = try reader.value(of: keyword)
      case "account": _ = try reader.value(of: keyword)
      case _ where keyword.hasPrefix("#"): reader.skipLine()
      default:
        reader = start
        return entry
      }
    }
  }

  /// Takes words off a text. A word in double quotes may hold spaces; a backslash takes the next character as it is.
  private struct Reader {
    private var rest: Substring
    private(set) var line = 1

    init(_ text: String) { rest = text[...] }

    mutating func word() -> String? {
      while let first = rest.first, first.isWhitespace { advance() }
      guard let first = rest.first else { return nil }
      let isQuoted = first == "\""
      if isQuoted { advance() }
      var word = ""
      while let character = rest.first {
        if isQuoted ? character == "\"" : character.isWhitespace { break }
        advance()
        if character == "\\", let escaped = rest.first {
          word.append(escaped)
          advance()
        } else {
          word.append(character)
        }
      }
      if isQuoted, !rest.isEmpty { advance() }
      return word
    }

    mutating func value(of keyword: String) throws(Fault) -> String {
      guard let word = word() else { throw Fault(words: "it ends after '\(keyword)' in line \(line)") }
      return word
    }

    mutating func skipLine() {
      while let first = rest.first, !first.isNewline { advance() }
    }

    /// A macro ends with an empty line.
    mutating func skipMacro() {
      skipLine()
      while !rest.isEmpty {
        advance()
        if rest.first?.isNewline ?? true { return }
        skipLine()
      }
    }

    private mutating func advance() {
      if rest.first?.isNewline ?? false { line += 1 }
      rest = rest.dropFirst()
    }
  }
}
