// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Expressions
internal import Galley

/// Writes an expression over columns as SQL, values as arguments.
struct ConditionWriter {
  /// What a piece of SQL computes.
  private enum Meaning: Equatable {
    case text, condition, null
    /// A number without a unit.
    case number
    /// A number in a column's unit.
    case amount(GoldenUnit)
    /// A column whose numbers need a unit, by the name that was used.
    case bare(GoldenUnit, name: String)
    /// A column under a name whose numbers have another unit, with what 1 amounts to in the column's.
    case scaled(GoldenUnit, Double)
  }

  private struct Piece {
    var sql: String
    var meaning: Meaning
  }

  private typealias Node = ParsedExpression.Node

  let text: String
  private(set) var arguments: [GoldenValue] = []

  init(_ text: String) { self.text = text }

  /// The condition in SQL.
  mutating func condition(_ node: ParsedExpression.Node) throws(ExpressionError) -> String {
    switch node {
    case .and(let parts): return try joined(parts, " AND ")
    case .or(let parts): return try joined(parts, " OR ")
    case .not(let part): return "NOT (\(try condition(part)))"
    case .implies(let left, let right): return "(NOT (\(try condition(left))) OR (\(try condition(right))))"
    case .comparison(let symbol, let left, let right): return try comparison(symbol, left, right)
    case .membership(let element, let list): return try membership(element, list)
    case .fits(let path, let taxonomy):
      let column = try column(path)
      arguments += [.text(taxonomy), .text(taxonomy + ".")]
      return "(\(column.sql) = ? OR instr(\(column.sql), ?) = 1)"
    case .constant(.bool(let value)): return value ? "TRUE" : "FALSE"
    case .path(let path):
      let column = try column(path)
      guard column.meaning == .amount(.count) else { throw error("'\(path)' isn't true or false", at: path) }
      return "\(column.sql) <> 0"
    default: throw error("this is no condition", at: nil)
    }
  }

  private mutating func joined(_ parts: [Node], _ word: String) throws(ExpressionError) -> String {
    var written: [String] = []
    for part in parts { written.append("(\(try condition(part)))") }
    return written.joined(separator: word)
  }

  // MARK: Comparisons

  private mutating func comparison(
    _ symbol: ParsedExpression.ComparisonOperator, _ left: Node, _ right: Node
  ) throws(ExpressionError) -> String {
    if right == .constant(.null) || left == .constant(.null) {
      let piece = try value(right == .constant(.null) ? left : right)
      switch symbol {
      case .equal: return "\(piece.sql) IS NULL"
      case .notEqual: return "\(piece.sql) IS NOT NULL"
      default: throw error("nothing is neither smaller nor larger", at: nil)
      }
    }
    let place = path(in: left) ?? path(in: right)
    // Arguments must follow the order of the text, and a factor belongs to the side of the constant.
    if case .path(let name) = left, let number = right.literalValue?.number {
      let piece = try column(name)
      return "\(piece.sql) \(sql(symbol)) \(try argument(number, right, for: piece, at: name))"
    }
    if case .path(let name) = right, let number = left.literalValue?.number {
      let piece = try column(name)
      return "\(try argument(number, left, for: piece, at: name)) \(sql(symbol)) \(piece.sql)"
    }
    let (first, second) = (try value(left), try value(right))
    try check(first, second, at: place)
    return "\(first.sql) \(sql(symbol)) \(second.sql)"
  }

  /// A number that is compared with a column, in the column's unit.
  private mutating func argument(
    _ number: Double, _ node: Node, for piece: Piece, at name: String
  ) throws(ExpressionError) -> String {
    var factor = 1.0
    switch (piece.meaning, Self.unit(of: node)) {
    case (.amount(let unit), let other?), (.bare(let unit, _), let other?), (.scaled(let unit, _), let other?):
      guard unit == other else { throw mixed(unit, other, at: name) }
    case (.scaled(_, let own), nil): factor = own
    case (.bare(let unit, _), nil): throw unitless(unit, number, at: name)
    case (.amount, nil), (.number, _): break
    default: throw error("'\(name)' is text, and this is a number", at: name)
    }
    arguments.append(.real(number * factor))
    return "?"
  }

  private mutating func membership(_ element: Node, _ list: Node) throws(ExpressionError) -> String {
    if case .path(let name) = list, let words = element.literalValue?.text {
      let column = try column(name)
      guard column.meaning == .text else { throw error("'\(name)' isn't text", at: name) }
      arguments.append(.text(words))
      return "instr(\(column.sql), ?) > 0"
    }
    guard case .path(let name) = element, case .list(let nodes) = list else {
      throw error("'in' takes a column and a list, or a text and a column", at: path(in: element) ?? path(in: list))
    }
    let piece = try column(name)
    var marks: [String] = []
    for node in nodes {
      if let number = node.literalValue?.number {
        marks.append(try argument(number, node, for: piece, at: name))
      } else {
        let other = try value(node)
        try check(piece, other, at: name)
        marks.append(other.sql)
      }
    }
    return marks.isEmpty ? "FALSE" : "\(piece.sql) IN (\(marks.joined(separator: ", ")))"
  }

  // MARK: Values

  private mutating func value(_ node: Node) throws(ExpressionError) -> Piece {
    switch node {
    case .path(let name): return try column(name)
    case .quantity(let quantity):
      arguments.append(.real(quantity.value.number ?? 0))
      return Piece(sql: "?", meaning: Self.unit(of: node).map(Meaning.amount) ?? .number)
    case .constant(.string(let words)):
      arguments.append(.text(words))
      return Piece(sql: "?", meaning: .text)
    case .constant(.null): return Piece(sql: "NULL", meaning: .null)
    case .constant(.bool(let value)): return Piece(sql: value ? "1" : "0", meaning: .amount(.count))
    case .constant(let constant):
      guard let number = constant.number else { throw error("a list can't be compared", at: nil) }
      arguments.append(.real(number))
      return Piece(sql: "?", meaning: .number)
    case .negation(let inner):
      let piece = try value(inner)
      return Piece(sql: "(-\(piece.sql))", meaning: piece.meaning)
    case .arithmetic(let symbol, let left, let right): return try arithmetic(symbol, left, right)
    default: throw error("this can't be compared", at: path(in: node))
    }
  }

  private mutating func arithmetic(
    _ symbol: ParsedExpression.ArithmeticOperator, _ left: Node, _ right: Node
  ) throws(ExpressionError) -> Piece {
    let (first, second) = (try value(left), try value(right))
    let place = path(in: left) ?? path(in: right)
    guard let own = Self.unit(first.meaning), let other = Self.unit(second.meaning) else {
      throw error("only numbers can be computed with", at: place)
    }
    let meaning: Meaning
    switch symbol {
    case .plus, .minus, .remainder:
      try check(first, second, at: place)
      meaning = own == .none ? second.meaning : .amount(own)
    case .times:
      guard own == .none || other == .none else { throw mixed(own, other, at: place) }
      meaning = own == .none ? (other == .none ? .number : .amount(other)) : .amount(own)
    case .dividedBy:
      guard other == .none || own == other else { throw mixed(own, other, at: place) }
      meaning = own == other ? .number : .amount(own)
    }
    // Of whole numbers SQLite would give the whole part.
    let divisor = symbol == .dividedBy ? "CAST(\(second.sql) AS REAL)" : second.sql
    return Piece(sql: "(\(first.sql) \(symbol.rawValue) \(divisor))", meaning: meaning)
  }

  private func column(_ path: String) throws(ExpressionError) -> Piece {
    guard let (column, factor) = GoldenColumn.named(path) else {
      throw error(
        "there is no column '\(path)'", at: path, suggestion: NearestName.match(path, in: GoldenColumn.names))
    }
    let sql = "golden.\(column.name)"
    guard column.kind != .text else { return Piece(sql: sql, meaning: .text) }
    switch factor {
    case nil: return Piece(sql: sql, meaning: .bare(column.unit, name: path))
    case 1?: return Piece(sql: sql, meaning: .amount(column.unit))
    case let factor?: return Piece(sql: sql, meaning: .scaled(column.unit, factor))
    }
  }

  private func check(_ first: Piece, _ second: Piece, at place: String?) throws(ExpressionError) {
    guard first.meaning != .null, second.meaning != .null else { return }
    guard let own = Self.unit(first.meaning), let other = Self.unit(second.meaning) else {
      guard first.meaning == .text, second.meaning == .text else {
        throw error("text is compared with a number", at: place)
      }
      return
    }
    guard own == other || own == .none || other == .none else { throw mixed(own, other, at: place) }
    if own != other, own.isAmbiguous || other.isAmbiguous { throw unitless(own == .none ? other : own, nil, at: place) }
  }

  /// The unit of a number, `none` for a bare one; `nil` for what is no number.
  private static func unit(_ meaning: Meaning) -> GoldenUnit? {
    switch meaning {
    case .amount(let unit), .bare(let unit, _), .scaled(let unit, _):
      [.count, .fraction, .cores, .operations, .perSecond, .instant].contains(unit) ? GoldenUnit.none : unit
    case .number: GoldenUnit.none
    case .text, .condition, .null: nil
    }
  }

  private static func unit(of node: Node) -> GoldenUnit? {
    switch node {
    case .quantity(let quantity):
      GoldenUnit.seconds.factor(of: quantity.unit.rawValue) == nil ? .bytes : .seconds
    case .negation(let inner): unit(of: inner)
    default: nil
    }
  }

  private func sql(_ symbol: ParsedExpression.ComparisonOperator) -> String {
    switch symbol {
    case .equal: "="
    case .notEqual: "<>"
    default: symbol.rawValue
    }
  }
}

// MARK: Mistakes

extension ConditionWriter {
  private func path(in node: ParsedExpression.Node) -> String? {
    if case .path(let path) = node { return path }
    return node.children.lazy.compactMap { path(in: $0) }.first
  }

  private func mixed(_ own: GoldenUnit, _ other: GoldenUnit, at place: String?) -> ExpressionError {
    func words(_ unit: GoldenUnit) -> String { unit == .none ? "no unit" : unit.rawValue }
    return error("units are mixed: \(words(own)) and \(words(other))", at: place)
  }

  private func unitless(_ unit: GoldenUnit, _ number: Double?, at place: String?) -> ExpressionError {
    let example = number.map { ": \($0.formatted)\(unit.usual)" } ?? ""
    guard let column = place.flatMap({ GoldenColumn.named($0)?.column }) else {
      return error("say the unit\(example)", at: place)
    }
    let expressible = [.seconds, .bytes].contains(unit)
    let hint = expressible ? "say the unit\(example)" : "numbers need a unit: use \(column.name), in \(unit.rawValue)"
    return error(hint, at: place, suggestion: expressible ? nil : column.name)
  }

  private func error(_ message: String, at path: String?, suggestion: String? = nil) -> ExpressionError {
    ExpressionError(message, column: path.map(position) ?? 1, in: text, suggestion: suggestion.map { "'\($0)'" })
  }

  /// The column where a path is first written outside quotation marks.
  private func position(of path: String) -> Int {
    let characters = Array(text)
    let wanted = Array(path)
    func isWord(_ index: Int) -> Bool {
      characters.indices.contains(index)
        && (characters[index].isLetter || characters[index].isNumber || "_.".contains(characters[index]))
    }
    var quote: Character?
    for index in characters.indices {
      if let open = quote {
        if characters[index] == open { quote = nil }
      } else if "'\"".contains(characters[index]) {
        quote = characters[index]
      } else if characters[index...].starts(with: wanted), !isWord(index - 1), !isWord(index + wanted.count) {
        return index + 1
      }
    }
    return 1
  }
}
