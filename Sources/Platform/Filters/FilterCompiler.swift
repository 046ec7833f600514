// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import GRDB
internal import Galley

/// Writes a condition as SQL, values as arguments.
///
/// What is missing is unequal to everything, and neither larger nor smaller than anything; a negation turns any
/// condition round, so that every entry fulfils either a condition or its negation.
struct FilterCompiler {
  let resource: FilterResource
  /// The data set that everything is in, if there is only one.
  let dataset: Int64?
  private(set) var arguments: [DatabaseValue] = []

  init(_ resource: FilterResource, dataset: Int64? = nil) {
    self.resource = resource
    self.dataset = dataset
  }

  mutating func condition(_ condition: FilterCondition, depth: Int = 0) throws(GalleyError) -> String {
    guard depth < FilterCondition.maximumDepth else {
      throw Self.refusal("conditions lie more than \(FilterCondition.maximumDepth) deep", at: nil)
    }
    switch condition {
    case .all(let parts): return try joined(parts, " AND ", empty: "TRUE", depth)
    case .any(let parts): return try joined(parts, " OR ", empty: "FALSE", depth)
    case .not(let part): return "NOT (\(try self.condition(part, depth: depth + 1)))"
    case .test(let name, let symbol, let value):
      return try test(FilterField.named(name, of: resource), symbol, value, name)
    case .joined(let other, let part): return try join(other, part, depth)
    }
  }

  private mutating func joined(
    _ parts: [FilterCondition], _ word: String, empty: String, _ depth: Int
  ) throws(GalleyError) -> String {
    var written: [String] = []
    for part in parts { written.append("(\(try condition(part, depth: depth + 1)))") }
    return written.isEmpty ? empty : written.joined(separator: word)
  }

  /// A set of items, not a look-up for each: the inner condition is asked once.
  private mutating func join(
    _ other: FilterResource, _ part: FilterCondition, _ depth: Int
  ) throws(GalleyError) -> String {
    var inner = FilterCompiler(other, dataset: dataset)
    let sql = try inner.condition(part, depth: depth + 1)
    let scope = dataset == nil ? "" : "\(other.table).dataset = ? AND "
    let scopeArguments = dataset.map { [$0.databaseValue] } ?? []
    switch (resource, other) {
    case (.items, .annotations), (.items, .predictions):
      arguments += scopeArguments + inner.arguments
      return "item.number IN (SELECT \(other.table).item FROM \(other.table) WHERE \(scope)(\(sql)))"
    case (.annotations, .items), (.predictions, .items):
      arguments += scopeArguments + inner.arguments
      return "\(resource.table).item IN (SELECT item.number FROM item WHERE \(scope)(\(sql)))"
    default:
      throw Self.refusal("\(resource.rawValue) can't be joined with \(other.rawValue)", at: "join")
    }
  }

  /// The order of a list, the order of creation at its end.
  func order(_ orders: [FilterOrder]) throws(GalleyError) -> (sql: String, arguments: [DatabaseValue]) {
    var parts: [String] = []
    var arguments: [DatabaseValue] = []
    for order in orders {
      let field = try FilterField.named(order.field, of: resource)
      var sql = field.sql
      if let path = field.path {
        sql = "json_extract(\(sql), ?)"
        arguments.append(path.databaseValue)
      }
      parts.append(sql + (order.isDescending ? " DESC" : ""))
    }
    return ((parts + ["\(resource.table).number"]).joined(separator: ", "), arguments)
  }

  static func refusal(_ why: String, at place: String?, remedy: String? = nil) -> GalleyError {
    GalleyError(.usage, "can't use the filter", at: place, why: why, remedy: remedy)
  }
}

// MARK: - One test

extension FilterCompiler {
  private mutating func test(
    _ field: FilterField, _ symbol: FilterOperator, _ value: ConfigurationValue, _ name: String
  ) throws(GalleyError) -> String {
    switch symbol {
    case .exists:
      guard case .bool(let isThere) = value else { throw Self.refusal("'exists' takes true or false", at: name) }
      let sql: String
      if let path = field.path {
        arguments.append(path.databaseValue)
        sql = "json_type(\(field.sql), ?) IS NOT NULL"
      } else {
        sql = "(\(field.sql)) IS NOT NULL"
      }
      return isThere ? sql : "NOT (\(sql))"
    case .equal: return try equal(field, value, name)
    case .notEqual: return "NOT (\(try equal(field, value, name)))"
    case .among: return try among(field, value, name)
    case .notAmong: return "NOT (\(try among(field, value, name)))"
    case .greater, .greaterOrEqual, .less, .lessOrEqual: return try compare(field, symbol, value, name)
    case .match: return try match(field, value, name)
    }
  }

  private mutating func equal(
    _ field: FilterField, _ value: ConfigurationValue, _ name: String
  ) throws(GalleyError) -> String {
    if case .list = value { return try among(field, value, name) }
    if value == .null, field.kind != .json { return "(\(field.sql)) IS NULL" }
    switch field.kind {
    case .path, .folder:
      guard case .string(let text) = value else { throw mismatch(name, value, "text") }
      return glob(field, text)
    case .flag, .condition:
      guard case .bool(let wanted) = value else { throw mismatch(name, value, "true or false") }
      return wanted ? "(\(field.sql))" : "NOT (\(field.sql))"
    case .json: return equalJSON(field, value)
    case .text, .number, .time:
      arguments.append(try plain(value, field.kind, name))
      return "coalesce((\(field.sql)) = ?, FALSE)"
    }
  }

  /// A value in a document: numbers are equal whatever their form, true is not 1, and of lists and objects the whole is
  /// compared. The value is compared first, so that the type is asked only of what passes.
  private mutating func equalJSON(_ field: FilterField, _ value: ConfigurationValue) -> String {
    let path = (field.path ?? "$").databaseValue
    switch value {
    case .null:
      arguments.append(path)
      return "coalesce(json_type(\(field.sql), ?), 'null') = 'null'"
    case .bool(let wanted):
      arguments.append(path)
      return "coalesce(json_type(\(field.sql), ?) = '\(wanted)', FALSE)"
    case .int, .float:
      arguments += [path, (value.number ?? 0).databaseValue, path]
      return "coalesce(json_extract(\(field.sql), ?) = ? AND json_type(\(field.sql), ?) IN ('integer', 'real'), FALSE)"
    case .string(let text):
      arguments += [path, text.databaseValue, path]
      return "coalesce(json_extract(\(field.sql), ?) = ? AND json_type(\(field.sql), ?) = 'text', FALSE)"
    case .list, .map:
      arguments += [path, value.json.databaseValue]
      return "coalesce(json_extract(\(field.sql), ?) = json(?), FALSE)"
    }
  }

  private mutating func among(
    _ field: FilterField, _ value: ConfigurationValue, _ name: String
  ) throws(GalleyError) -> String {
    guard case .list(let values) = value else { throw Self.refusal("'in' takes a list", at: name) }
    switch field.kind {
    case .text, .number, .time: return try amongPlain(field, values, name)
    default: return try amongAny(field, values, name)
    }
  }

  /// One argument, however many values: SQLite limits their number.
  private mutating func amongPlain(
    _ field: FilterField, _ values: [ConfigurationValue], _ name: String
  ) throws(GalleyError) -> String {
    var plainValues: [ConfigurationValue] = []
    for value in values {
      let stored = try plain(value, field.kind, name)
      if let number = Double.fromDatabaseValue(stored) {
        plainValues.append(.float(number))
      } else {
        plainValues.append(.string(String.fromDatabaseValue(stored) ?? ""))
      }
    }
    arguments.append(ConfigurationValue.list(plainValues).json.databaseValue)
    return "coalesce((\(field.sql)) IN (SELECT value FROM json_each(?)), FALSE)"
  }

  private mutating func amongAny(
    _ field: FilterField, _ values: [ConfigurationValue], _ name: String
  ) throws(GalleyError) -> String {
    guard values.count <= 500 else {
      throw Self.refusal("a list for '\(name)' may have 500 values, not \(values.count)", at: name)
    }
    var parts: [String] = []
    for value in values {
      if case .list = value, field.kind != .json { throw Self.refusal("a list stands in a list", at: name) }
      parts.append(field.kind == .json ? equalJSON(field, value) : try equal(field, value, name))
    }
    return parts.isEmpty ? "FALSE" : "(\(parts.joined(separator: " OR ")))"
  }

  private mutating func compare(
    _ field: FilterField, _ symbol: FilterOperator, _ value: ConfigurationValue, _ name: String
  ) throws(GalleyError) -> String {
    let signs: [FilterOperator: String] = [.greater: ">", .greaterOrEqual: ">=", .less: "<", .lessOrEqual: "<="]
    let sign = signs[symbol] ?? "="
    switch field.kind {
    case .flag, .condition: throw Self.refusal("'\(name)' is true or false, neither large nor small", at: name)
    case .json:
      let path = (field.path ?? "$").databaseValue
      let types: String
      switch value {
      case .int, .float: types = "('integer', 'real')"
      case .string: types = "('text')"
      default: throw mismatch(name, value, "a number or text")
      }
      arguments += [path, value.number?.databaseValue ?? (value.text ?? "").databaseValue, path]
      return "coalesce(json_extract(\(field.sql), ?) \(sign) ? AND json_type(\(field.sql), ?) IN \(types), FALSE)"
    default:
      arguments.append(try plain(value, field.kind, name))
      return "coalesce((\(field.sql)) \(sign) ?, FALSE)"
    }
  }

  private mutating func match(
    _ field: FilterField, _ value: ConfigurationValue, _ name: String
  ) throws(GalleyError) -> String {
    guard let path = field.path else {
      throw Self.refusal("'match' is for lists in metadata; '\(name)' is none", at: name)
    }
    arguments.append(path.databaseValue)
    guard let wanted = value.fields else {
      let element = FilterField(sql: "json_array(json(e.v))", kind: .json, path: "$[0]")
      let test = equalJSON(element, value)
      return "EXISTS (SELECT 1 FROM (\(Self.elements(field.sql))) e WHERE \(test))"
    }
    var tests: [String] = []
    for (key, value) in wanted.sorted(by: { $0.key < $1.key }) {
      guard !key.utf8.contains(0x22) else { throw Self.refusal("a quotation mark stands in '\(key)'", at: name) }
      let keys = key.split(separator: ".").map { ".\"\($0)\"" }.joined()
      tests.append(equalJSON(FilterField(sql: "e.v", kind: .json, path: "$\(keys)"), value))
    }
    let all = tests.isEmpty ? "TRUE" : tests.joined(separator: " AND ")
    return "EXISTS (SELECT 1 FROM (\(Self.elements(field.sql))) e WHERE json_type(e.v) = 'object' AND \(all))"
  }

  /// The elements of a list as JSON texts. `json_each` gives texts and flags bare, so that they are quoted again.
  private static func elements(_ column: String) -> String {
    """
    SELECT CASE type WHEN 'text' THEN json_quote(value) WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'
    WHEN 'null' THEN 'null' ELSE CAST(value AS TEXT) END AS v FROM json_each(\(column), ?)
    """
  }

  /// Dataloop's patterns: `/a/**` is everything below a folder, `/a/*` what lies in it, and elsewhere `*` and `?` stand
  /// for characters.
  private mutating func glob(_ field: FilterField, _ text: String) -> String {
    let wild = text.utf8.contains { $0 == 0x2A || $0 == 0x3F }
    if text.hasSuffix("/**"), !text.dropLast(3).utf8.contains(where: { $0 == 0x2A || $0 == 0x3F }) {
      let folder = String(text.dropLast(3))
      // The character after '/' is '0'.
      arguments += [(folder + "/").databaseValue, (folder + "0").databaseValue]
      if field.kind == .folder {
        arguments.append((folder.isEmpty ? "/" : folder).databaseValue)
        return "((\(field.sql) >= ? AND \(field.sql) < ?) OR \(field.sql) = ?)"
      }
      return "(\(field.sql) >= ? AND \(field.sql) < ?)"
    }
    if field.kind == .path, text.hasSuffix("/*"), !text.dropLast(2).utf8.contains(where: { $0 == 0x2A || $0 == 0x3F }) {
      let folder = String(text.dropLast(2))
      arguments.append((folder.isEmpty ? "/" : folder).databaseValue)
      return "item.folder = ?"
    }
    let plain = field.kind == .folder && text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text
    arguments.append((wild ? plain.replacing("[", with: "[[]") : plain).databaseValue)
    return wild ? "\(field.sql) GLOB ?" : "\(field.sql) = ?"
  }

  private func plain(
    _ value: ConfigurationValue, _ kind: FilterField.Kind, _ name: String
  ) throws(GalleyError) -> DatabaseValue {
    switch (kind, value) {
    case (.text, .string(let text)), (.path, .string(let text)), (.folder, .string(let text)):
      return text.databaseValue
    case (.number, .int), (.number, .float), (.time, .int), (.time, .float): return (value.number ?? 0).databaseValue
    case (.time, .string(let text)):
      guard let seconds = DataloopTime.seconds(text) else {
        throw Self.refusal("'\(text)' is no time", at: name, remedy: "Write it like 2026-11-26T01:30:00.000Z.")
      }
      return seconds.databaseValue
    case (.number, _): throw mismatch(name, value, "a number")
    case (.time, _): throw mismatch(name, value, "a time")
    default: throw mismatch(name, value, "text")
    }
  }

  private func mismatch(_ name: String, _ value: ConfigurationValue, _ wanted: String) -> GalleyError {
    Self.refusal("'\(name)' is \(wanted), and this is \(value.kindName)", at: name)
  }
}
