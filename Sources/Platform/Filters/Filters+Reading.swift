// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
public import FoundationEssentials
public import Galley
internal import JSONStream

/// Dataloop's JSON: `{"resource": "items", "filter": {"$and": [{"hidden": false}, …]}, "join": …, "sort": …, "page": 0,
/// "pageSize": 1000}`. Besides Dataloop's words, a condition may be `{"$not": …}`, and lie in
/// `{"$annotations": …}`, `{"$predictions": …}` or `{"$items": …}`, which join as `join` does.
extension Filters {
  /// Reads a filter.
  /// - Parameters:
  ///   - place: What an error names: the file.
  ///   - resource: What is listed if the document doesn't say; another one that it says is an error.
  /// - Throws: `GalleyError` with line and column, or with the place of what isn't understood: an unknown key or
  ///   operator is never passed over.
  public init(json: Data, at place: String, for resource: FilterResource? = nil) throws(GalleyError) {
    let values: [(key: String, value: ConfigurationValue)]
    let order: [String]
    do {
      (values, order) = try json.withUnsafeBytes { bytes in try JSONReader.read(bytes) { try Self.topLevel(&$0) } }
    } catch {
      throw GalleyError(
        .usage, "can't read the filter", at: place, why: "\(error)",
        remedy: #"Write it like {"filter": {"$and": [{"name": "cat.jpg"}]}}."#)
    }
    do throws(GalleyError) {
      try self.init(fields: values, sortOrder: order, for: resource)
    } catch {
      var error = error
      error.place = error.place.map { "\(place): \($0)" } ?? place
      throw error
    }
  }

  /// The keys in their order, and the keys of `sort` in theirs, which is the order of sorting.
  private static func topLevel(
    _ json: inout JSONReader
  ) throws -> ([(key: String, value: ConfigurationValue)], [String]) {
    var fields: [(key: String, value: ConfigurationValue)] = []
    var order: [String] = []
    try json.object { json, key in
      let name = try json.string(key)
      if name == "sort", json.kind() == .object {
        var sort: [String: ConfigurationValue] = [:]
        try json.object { json, key in
          let field = try json.string(key)
          order.append(field)
          sort[field] = try json.value()
        }
        fields.append((name, .map(sort)))
      } else {
        fields.append((name, try json.value()))
      }
    }
    return (fields, order)
  }

  private static let keys = ["resource", "filter", "join", "sort", "page", "pageSize"]

  private init(
    fields: [(key: String, value: ConfigurationValue)], sortOrder: [String], for wanted: FilterResource?
  ) throws(GalleyError) {
    var known: [String: ConfigurationValue] = [:]
    for (key, value) in fields {
      guard Self.keys.contains(key) else { throw Self.unknown(key, "key", in: Self.keys) }
      guard known.updateValue(value, forKey: key) == nil else {
        throw FilterCompiler.refusal("'\(key)' stands there twice", at: key)
      }
    }
    let resource = try Self.resource(known["resource"], wanted)
    var condition = try FilterCondition(dataloop: known["filter"] ?? .map([:]), at: "filter")
    if let join = known["join"], join != .null { condition = condition.and(try Self.join(join, resource)) }
    var sort: [FilterOrder] = []
    for field in sortOrder { sort.append(try Self.order(field, known["sort"]?.fields?[field])) }
    if let value = known["sort"], value != .null, value.fields == nil {
      throw FilterCompiler.refusal("an object was expected: {\"name\": \"ascending\"}", at: "sort")
    }
    self.init(
      resource, condition, sort: sort, page: try Self.whole(known["page"], "page", 0...1_000_000_000) ?? 0,
      pageSize: try Self.whole(known["pageSize"], "pageSize", 1...Self.maximumPageSize) ?? Self.maximumPageSize)
  }

  private static func resource(
    _ value: ConfigurationValue?, _ wanted: FilterResource?
  ) throws(GalleyError) -> FilterResource {
    guard let value else { return wanted ?? .items }
    let names = FilterResource.allCases.map(\.rawValue)
    guard let text = value.text, let resource = FilterResource(rawValue: text) else {
      throw unknown(value.description, "resource", in: names)
    }
    guard wanted == nil || wanted == resource else {
      throw FilterCompiler.refusal(
        "the filter is about \(resource.rawValue), and \(wanted?.rawValue ?? "") are listed", at: "resource")
    }
    return resource
  }

  private static func join(_ value: ConfigurationValue, _ resource: FilterResource) throws(GalleyError)
    -> FilterCondition
  {
    for key in (value.fields ?? [:]).keys where key != "on" && key != "filter" {
      throw unknown(key, "key", in: ["on", "filter"])
    }
    var other: FilterResource = resource == .items ? .annotations : .items
    if let on = value.value(at: ["on"]) {
      for key in (on.fields ?? [:]).keys where !["resource", "local", "forigen", "foreign"].contains(key) {
        throw unknown(key, "key", in: ["resource", "local", "forigen"])
      }
      guard let text = on.value(at: ["resource"])?.text, let named = FilterResource(rawValue: text) else {
        throw FilterCompiler.refusal("it doesn't say a resource that is known", at: "join.on.resource")
      }
      other = named
    }
    guard let filter = value.value(at: ["filter"]) else {
      throw FilterCompiler.refusal("it has no filter", at: "join.filter")
    }
    return .joined(other, try FilterCondition(dataloop: filter, at: "join.filter"))
  }

  private static func order(_ field: String, _ value: ConfigurationValue?) throws(GalleyError) -> FilterOrder {
    switch value?.text {
    case "ascending": return FilterOrder(field)
    case "descending": return FilterOrder(field, isDescending: true)
    default:
      throw FilterCompiler.refusal("'ascending' or 'descending' was expected", at: "sort.\(field)")
    }
  }

  private static func whole(
    _ value: ConfigurationValue?, _ key: String, _ range: ClosedRange<Int>
  ) throws(GalleyError) -> Int? {
    guard let value else { return nil }
    guard case .int(let number) = value, range.contains(number) else {
      throw FilterCompiler.refusal(
        "a whole number from \(range.lowerBound) to \(range.upperBound) was expected, not \(value)", at: key)
    }
    return number
  }

  static func unknown(_ name: String, _ what: String, in names: [String]) -> GalleyError {
    FilterCompiler.refusal(
      "there is no \(what) '\(name)'", at: name,
      remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
        ?? "There is \(names.joined(separator: ", ")).")
  }
}

extension FilterCondition {
  /// Reads an object of conditions, all of which must hold.
  init(dataloop value: ConfigurationValue, at place: String, depth: Int = 0) throws(GalleyError) {
    guard depth < Self.maximumDepth else {
      throw FilterCompiler.refusal("conditions lie more than \(Self.maximumDepth) deep", at: place)
    }
    guard let fields = value.fields else {
      throw FilterCompiler.refusal("an object was expected, not \(value.kindName)", at: place)
    }
    var parts: [FilterCondition] = []
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
      parts.append(try Self.part(key, value, at: place, depth))
    }
    if parts.count == 1, let only = parts.first { self = only } else { self = .all(parts) }
  }

  private static let words = ["$and", "$or", "$not", "$annotations", "$predictions", "$items"]

  private static func part(
    _ key: String, _ value: ConfigurationValue, at place: String, _ depth: Int
  ) throws(GalleyError) -> FilterCondition {
    guard key.hasPrefix("$") else { return try tests(key, value, at: "\(place).\(key)") }
    switch key {
    case "$and", "$or":
      guard let elements = value.elements else {
        throw FilterCompiler.refusal("a list was expected, not \(value.kindName)", at: "\(place).\(key)")
      }
      var parts: [FilterCondition] = []
      for (index, element) in elements.enumerated() {
        parts.append(try FilterCondition(dataloop: element, at: "\(place).\(key)[\(index)]", depth: depth + 1))
      }
      return key == "$and" ? .all(parts) : .any(parts)
    case "$not": return .not(try FilterCondition(dataloop: value, at: "\(place).$not", depth: depth + 1))
    default:
      guard words.contains(key), let resource = FilterResource(rawValue: String(key.dropFirst())) else {
        throw Filters.unknown(key, "word", in: words)
      }
      return .joined(resource, try FilterCondition(dataloop: value, at: "\(place).\(key)", depth: depth + 1))
    }
  }

  /// What is said of a field: a value, or operators with theirs.
  private static func tests(
    _ field: String, _ value: ConfigurationValue, at place: String
  ) throws(GalleyError) -> FilterCondition {
    guard let operators = value.fields, operators.keys.contains(where: { $0.hasPrefix("$") }) else {
      if case .list = value { return .test(field: field, .among, value) }
      return .test(field: field, .equal, value)
    }
    var parts: [FilterCondition] = []
    for (key, value) in operators.sorted(by: { $0.key < $1.key }) {
      guard key.hasPrefix("$"), let symbol = FilterOperator(rawValue: String(key.dropFirst())) else {
        throw Filters.unknown(key, "operator", in: FilterOperator.allCases.map { "$\($0.rawValue)" })
      }
      parts.append(.test(field: field, symbol, value))
    }
    if parts.count == 1, let only = parts.first { return only }
    return .all(parts)
  }
}
