// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import Platform

/// Lists by filter: with an expression in the query, or with Dataloop's JSON in the body.
struct Listing<Entry: Encodable & Sendable>: Sendable {
  var resource: FilterResource
  var path: String
  /// The operation's name and what it lists, in words.
  var name: String
  var group: String
  var words: String
  /// The name of an entry's schema.
  var schema: String
  /// Whether entries lie in data sets.
  var isScoped: Bool
  var list: @Sendable (PlatformStore, Filters, String?) throws -> PlatformPage<Entry>

  var routes: [Route] {
    let scope = isScoped ? [ListParameters.dataset] : []
    let (resource, list) = (resource, list)
    return [
      .reading(
        path, "list\(name)", group, "List \(words): one page of those that fulfil a condition.",
        query: scope + ListParameters.all, SchemaLibrary.page(of: schema)
      ) { call in
        try ListParameters.listing {
          try list(call.store, ListParameters.filters(call, resource), call.text("dataset"))
        }
      },
      Route(
        method: .post, path: "\(path)/query", name: "query\(name)", group: group,
        summary: "List \(words) by Dataloop's JSON filter.", query: scope + [ListParameters.where],
        content: .json(.reference(FilterSchemas.query(resource))),
        outcomes: [
          .init(status: .ok, words: "What was asked for.", answer: .json(SchemaLibrary.page(of: schema)))
        ], onlyReads: true,
        work: .blocking { call in
          try Reply.json(
            ListParameters.listing {
              try list(call.store, ListParameters.document(call, resource), call.text("dataset"))
            })
        }),
    ]
  }
}

/// Parameters that lists have.
enum ListParameters {
  static let dataset = QueryParameter(
    "dataset", .text(TextRule(1...512)), "The only data set that is meant: a name, PROJECT/NAME or an id.")
  static let `where` = QueryParameter(
    "where", .text(TextRule(1...2000)), "A condition, like name == 'cat.jpg'.")
  static let sort = QueryParameter(
    "sort", .text(TextRule(1...200)), "A field to sort by; with '-' before it, the largest first.")
  static let page = QueryParameter("page", .whole(0...1_000_000_000), "Which page, from 0 on.")
  static let pageSize = QueryParameter(
    "pageSize", .whole(1...Filters.maximumPageSize), "How many entries a page has; without it, 50.")
  static let all = [`where`, sort, page, pageSize]

  /// The filter that the query states.
  static func filters(_ call: Call, _ resource: FilterResource) throws(GalleyError) -> Filters {
    var filters = Filters(resource, pageSize: call.whole("pageSize") ?? 50)
    if let condition = call.text("where") { filters.condition = try Filters(resource, where: condition).condition }
    if let sort = call.text("sort") {
      let isDescending = sort.hasPrefix("-")
      filters.sort = [FilterOrder(String(sort.dropFirst(isDescending ? 1 : 0)), isDescending: isDescending)]
    }
    filters.page = call.whole("page") ?? 0
    return filters
  }

  /// The filter that is the body, with the condition that the query states. Its bytes are read: the order of sorting is
  /// that of the keys.
  static func document(_ call: Call, _ resource: FilterResource) throws(GalleyError) -> Filters {
    var filters = try Filters(json: call.bytes, at: "body", for: resource)
    if let condition = call.text("where") {
      filters.condition = filters.condition.and(try Filters(resource, where: condition).condition)
    }
    if call["pageSize"] == nil { filters.pageSize = 50 }
    return filters
  }

  /// The condition that two keys of a body state together: `filter` and `where`.
  static func condition(in call: Call) throws(GalleyError) -> Filters? {
    var filters: Filters?
    if let filter = call["filter"] {
      filters = try Filters(json: ConfigurationValue.map(["filter": filter]).data, at: "filter", for: .items)
    }
    if let text = call.text(in: "where") {
      let condition = try Filters(.items, where: text).condition
      filters = Filters(.items, (filters?.condition ?? .all([])).and(condition))
    }
    return filters
  }

  /// What the database can't do with a filter is no mistake of the store: conditions that are too many or too deep.
  static func listing<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch var error as GalleyError where error.exitCode == .software {
      error.exitCode = .usage
      error.remedy = "Ask for less at once."
      throw RequestFailure(.unprocessableContent, error)
    }
  }
}
