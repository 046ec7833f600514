// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

/// One page of a list.
public struct PlatformPage<Entry: Sendable>: Sendable {
  /// The entries.
  public var entries: [Entry]
  /// How many there are on all pages.
  public var total: Int
  /// Which page this is, from 0 on.
  public var page: Int
  /// How many entries a page has.
  public var pageSize: Int
}

extension PlatformPage: Encodable where Entry: Encodable {}

extension PlatformStore {
  /// Items that pass a filter: one page of them.
  ///
  /// Hidden items are listed only if the filter says something of `hidden`.
  /// - Parameter dataset: The name or id of the only data set that is meant; `nil` for all.
  /// - Throws: `GalleyError` if the filter is about something else or can't be used.
  public func items(_ filters: Filters, in dataset: String? = nil) throws(GalleyError) -> PlatformPage<PlatformItem> {
    try page(Self.visible(filters), .items, in: dataset) { database, query in
      try Self.fetchItems(query, database)
    }
  }

  /// All items that pass a filter, whatever its page says; for 100,000 of them this takes a tenth of a second.
  /// - Throws: `GalleyError` as above.
  public func allItems(_ filters: Filters, in dataset: String? = nil) throws(GalleyError) -> [PlatformItem] {
    try read("can't list the items") { database in
      let query = try ListQuery(Self.visible(filters), .items, dataset, database)
      return try Self.fetchItems(query.unlimited, database)
    }
  }

  /// The items of these ids, hidden ones too, by id; what isn't there is left out.
  /// - Throws: `GalleyError` if the store can't be read.
  public func items(ofIDs ids: [String]) throws(GalleyError) -> [String: PlatformItem] {
    let either: [FilterCondition] = [true, false].map { .test(field: "hidden", .equal, .bool($0)) }
    let named = FilterCondition.test(field: "id", .among, .list(ids.map { .string($0) }))
    let found = try allItems(Filters(.items, .all([named, .any(either)])))
    return Dictionary(found.map { ($0.id, $0) }) { first, _ in first }
  }

  /// How many items pass a filter.
  /// - Throws: `GalleyError` as above.
  public func itemCount(_ filters: Filters, in dataset: String? = nil) throws(GalleyError) -> Int {
    try read("can't count the items") { try ListQuery(Self.visible(filters), .items, dataset, $0).count($0) }
  }

  /// Ground truth that passes a filter: one page of it.
  /// - Throws: `GalleyError` as above.
  public func annotations(
    _ filters: Filters, in dataset: String? = nil
  ) throws(GalleyError) -> PlatformPage<PlatformAnnotation> {
    try page(filters, .annotations, in: dataset) { database, query in
      try query.fetch(PlatformAnnotation.select(.annotation), database).map { try PlatformAnnotation($0, .annotation) }
    }
  }

  /// Predictions that pass a filter: one page of them.
  /// - Throws: `GalleyError` as above.
  public func predictions(
    _ filters: Filters, in dataset: String? = nil
  ) throws(GalleyError) -> PlatformPage<PlatformAnnotation> {
    try page(filters, .predictions, in: dataset) { database, query in
      try query.fetch(PlatformAnnotation.select(.prediction), database).map { try PlatformAnnotation($0, .prediction) }
    }
  }

  /// Models that pass a filter: one page of them.
  /// - Throws: `GalleyError` as above.
  public func models(
    _ filters: Filters = Filters(.models), in dataset: String? = nil
  ) throws(GalleyError) -> PlatformPage<PlatformModel> {
    try page(filters, .models, in: dataset) { database, query in
      try query.fetch("SELECT model.number FROM model", database).map { try Self.model($0[0], database) }
    }
  }

  /// Data sets that pass a filter: one page of them.
  /// - Throws: `GalleyError` as above.
  public func datasets(_ filters: Filters = Filters(.datasets)) throws(GalleyError) -> PlatformPage<PlatformDataset> {
    try page(filters, .datasets, in: nil) { database, query in
      try query.fetch(PlatformDataset.select, database).map { try PlatformDataset($0) }
    }
  }

  private func page<Entry>(
    _ filters: Filters, _ resource: FilterResource, in dataset: String?,
    _ fetch: (Database, ListQuery) throws -> [Entry]
  ) throws(GalleyError) -> PlatformPage<Entry> {
    try read("can't list the \(resource.rawValue)") { database in
      let query = try ListQuery(filters, resource, dataset, database)
      let entries = try fetch(database, query)
      // A first page that isn't full is the whole.
      let isWhole = filters.page == 0 && entries.count < filters.pageSize
      return PlatformPage(
        entries: entries, total: isWhole ? entries.count : try query.count(database), page: filters.page,
        pageSize: filters.pageSize)
    }
  }

  private static func visible(_ filters: Filters) -> Filters {
    guard filters.resource == .items, !filters.condition.mentions("hidden") else { return filters }
    var filters = filters
    filters.condition = filters.condition.and(.test(field: "hidden", .equal, .bool(false)))
    return filters
  }

  private static func fetchItems(_ query: ListQuery, _ database: Database) throws -> [PlatformItem] {
    var select = PlatformItem.select
    var id: String?
    if let number = query.dataset {
      id = try String.fetchOne(database, sql: "SELECT id FROM dataset WHERE number = ?", arguments: [number]) ?? ""
      // The data set's id is the same in all rows, and needn't be looked up in each.
      select = "SELECT \(PlatformItem.columns.replacing("dataset.id", with: "NULL")) FROM item"
    }
    var reading = ItemReading(datasetID: id, capacity: try query.capacity(database))
    try query.forEach(select, database) { reading.add($0) }
    return reading.finish()
  }
}

extension FilterCondition {
  func mentions(_ name: String) -> Bool {
    switch self {
    case .all(let parts), .any(let parts): parts.contains { $0.mentions(name) }
    case .not(let part): part.mentions(name)
    case .test(let field, _, _): field == name
    case .joined: false
    }
  }
}

/// A filter as a statement of SQL.
struct ListQuery {
  let dataset: Int64?
  private let table: String
  private let condition: String
  private let arguments: [DatabaseValue]
  private let order: String
  private let orderArguments: [DatabaseValue]
  private var limit: (Int, offset: Int)?

  init(_ filters: Filters, _ resource: FilterResource, _ name: String?, _ database: Database) throws {
    guard filters.resource == resource else {
      throw FilterCompiler.refusal(
        "it is about \(filters.resource.rawValue), and \(resource.rawValue) are listed", at: "resource")
    }
    guard (1...Filters.maximumPageSize).contains(filters.pageSize), filters.page >= 0, filters.page < 1 << 40 else {
      throw FilterCompiler.refusal(
        "page \(filters.page) of \(filters.pageSize) entries can't be listed", at: "page",
        remedy: "Pages have 1 to \(Filters.maximumPageSize) entries.")
    }
    dataset = try name.map { try PlatformStore.require($0, in: .dataset, database) }
    var compiler = FilterCompiler(resource, dataset: resource == .models ? nil : dataset)
    let condition = try compiler.condition(filters.condition)
    let scope = dataset.map { _ in "\(resource.table).dataset = ? AND " } ?? ""
    table = resource.table
    self.condition = scope + "(\(condition))"
    arguments = (dataset.map { [$0.databaseValue] } ?? []) + compiler.arguments
    (order, orderArguments) = try compiler.order(filters.sort)
    limit = (filters.pageSize, filters.page * filters.pageSize)
  }

  /// The same without pages.
  var unlimited: ListQuery {
    var query = self
    query.limit = nil
    return query
  }

  func count(_ database: Database) throws -> Int {
    try Int.fetchOne(
      database, sql: "SELECT count(*) FROM \(table) WHERE \(condition)", arguments: StatementArguments(arguments)) ?? 0
  }

  /// For how many items of a data set room is made: at most as many as there can be. What isn't used is never touched.
  func capacity(_ database: Database) throws -> Int {
    // A page knows its bound.
    if let limit { return limit.0 }
    guard let dataset else { return 0 }
    let span = try Int.fetchOne(
      database,
      sql: """
        SELECT (SELECT max(number) FROM item WHERE dataset = ?1) - (SELECT min(number) FROM item WHERE dataset = ?1) + 1
        """, arguments: [dataset])
    return min(span ?? 0, 1 << 17)
  }

  func fetch(_ select: String, _ database: Database) throws -> [Row] {
    try Row.fetchAll(database, sql: statement(select), arguments: statementArguments)
  }

  func forEach(_ select: String, _ database: Database, _ body: (StatementRow) -> Void) throws {
    let statement = try database.makeStatement(sql: statement(select))
    let cursor = try Row.fetchCursor(statement, arguments: statementArguments)
    let row = StatementRow(statement)
    while try cursor.next() != nil { body(row) }
  }

  private func statement(_ select: String) -> String {
    "\(select) WHERE \(condition) ORDER BY \(order)" + (limit == nil ? "" : " LIMIT ? OFFSET ?")
  }

  private var statementArguments: StatementArguments {
    StatementArguments(
      arguments + orderArguments + (limit.map { [$0.0.databaseValue, $0.offset.databaseValue] } ?? []))
  }
}
