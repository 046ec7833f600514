// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import Platform

/// Items.
enum ItemRoutes {
  static let group = "items"
  static let place = "/v1/items/{item}"

  static let all: [Route] =
    Listing<PlatformItem>(
      resource: .items, path: "/v1/items", name: "Items", group: group, words: "items", schema: "Item", isScoped: true
    ) { try $0.items($1, in: $2) }.routes + [count, queryCount, create] + single + [deleteMany]

  private struct Count: Encodable, Sendable { var count: Int }
  private static let countSchema = Schema.group([SchemaField("count", .count, "How many there are.")])

  private static let count = Route.reading(
    "/v1/items/count", "countItems", group, "Count the items that fulfil a condition.",
    query: [ListParameters.dataset, ListParameters.where], countSchema
  ) { call in
    try ListParameters.listing {
      Count(count: try call.store.itemCount(ListParameters.filters(call, .items), in: call.text("dataset")))
    }
  }

  private static let queryCount = Route(
    method: .post, path: "/v1/items/count", name: "queryItemCount", group: group,
    summary: "Count items by Dataloop's JSON filter.", query: [ListParameters.dataset, ListParameters.where],
    content: .json(.reference(FilterSchemas.query(.items))),
    outcomes: [.init(status: .ok, words: "What was asked for.", answer: .json(countSchema))],
    onlyReads: true,
    work: .blocking { call in
      try Reply.json(
        ListParameters.listing {
          Count(count: try call.store.itemCount(ListParameters.document(call, .items), in: call.text("dataset")))
        })
    })

  private struct Outcome: Encodable, Sendable {
    var outcome: String
    var item: PlatformItem
  }

  private static let create = Route(
    method: .post, path: "/v1/datasets/{dataset}/items", name: "createItem", group: group,
    summary: "Add an item: the body is its bytes.",
    query: [
      QueryParameter("path", EntitySchemas.path, "The path in the data set, like /photos/cat.jpg.", isRequired: true),
      QueryParameter("replace", .flag, "Whether an item of that path gets the new bytes; its annotations stay."),
      QueryParameter("hidden", .flag, "Whether lists leave it out that don't ask for hidden items."),
    ], content: .bytes(["*/*"]),
    outcomes: [
      .init(
        status: .created, words: "It is new.", answer: .json(.reference("ItemOutcome")), headers: [Route.location],
        names: ("item", "/item/id")),
      .init(
        status: .ok, words: "It was there: with these bytes already, or it has them now.",
        answer: .json(.reference("ItemOutcome"))),
    ], failures: [(.conflict, "It is there with other bytes, and `replace` isn't true; or the name is ambiguous.")],
    work: .blocking(add))

  private static func add(_ call: Call) throws -> Reply {
    guard let upload = call.upload else { throw GalleyError(.software, "can't add the item", why: "there is no body") }
    let dataset = try call.store.dataset(call.path("dataset"))
    let draft = ItemDraft(
      path: call.text("path") ?? "", content: .file(upload.path), mediaType: mediaType(call.headers[.contentType]),
      isHidden: call.flag("hidden"))
    let outcome = try call.store.addItems([draft], to: dataset.id, replacing: call.flag("replace"))
    let (word, id): (String, String)
    switch outcome.first {
    case .added(let added): (word, id) = ("added", added)
    case .replaced(let known): (word, id) = ("replaced", known)
    case .unchanged(let known): (word, id) = ("unchanged", known)
    case .kept(let known):
      throw RequestFailure(
        .conflict, "can't add the item", at: draft.path, why: "\(known) has this path, with other bytes",
        remedy: "Give it these with replace=true, or choose another path.")
    case .failed(let reason):
      throw RequestFailure(.unprocessableContent, "can't add the item", at: draft.path, why: reason, code: .badData)
    case nil: throw GalleyError(.software, "can't add the item", why: "the store says nothing")
    }
    var reply = try Reply.json(
      Outcome(outcome: word, item: call.store.item(id)), word == "added" ? .created : .ok)
    reply.headers[.location] = "/v1/items/\(id)"
    return reply
  }

  /// What a caller says that the bytes are; the usual words for "bytes" leave it to the store to find out.
  private static func mediaType(_ header: String?) -> String? {
    guard let type = header?.split(separator: ";").first.map({ $0.filter { !$0.isWhitespace }.lowercased() }),
      type.hasPrefix("image/") || type.hasPrefix("video/") || type.hasPrefix("audio/") || type.hasPrefix("text/"),
      type.utf8.count <= 100, type.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return nil }
    return type
  }

  private static let single: [Route] = [
    .reading(place, "showItem", group, "Show an item, by its id.", .reference("Item")) {
      try $0.store.item(id($0))
    },
    .changing(
      place, "updateItem", group, "Change an item; what isn't named stays.", .json(EntitySchemas.itemChange),
      .reference("Item"), failures: [(.conflict, "The path is taken.")]
    ) { call in
      try call.store.updateItem(
        id(call), path: call.text(in: "path"), isHidden: call.flag(in: "isHidden"),
        metadata: call.object(in: "metadata"))
    },
    .removing(place, "deleteItem", group, "Remove an item with its annotations and predictions.") { call in
      try call.store.deleteItems([call.store.item(id(call)).id])
    },
  ]

  private static let deleteMany = Route(
    method: .delete, path: "/v1/datasets/{dataset}/items", name: "deleteItems", group: group,
    summary: "Remove the items of a data set that fulfil a condition.",
    query: [
      QueryParameter("where", .text(TextRule(1...2000)), "The condition, like folder == '/old/**'.", isRequired: true)
    ], outcomes: [.init(status: .ok, words: "How many are gone.", answer: .json(SchemaLibrary.deleted))],
    failures: [(.conflict, "Several projects have a data set of that name.")],
    work: .blocking { call in
      let dataset = try call.store.dataset(call.path("dataset"))
      let ids = try ListParameters.listing {
        try call.store.allItems(Filters(.items, where: call.text("where") ?? ""), in: dataset.id).map(\.id)
      }
      return try Reply.json(Deleted(deleted: call.store.deleteItems(ids)))
    })

  /// The id in the path. A path of an item would need its data set too.
  static func id(_ call: Call) throws(GalleyError) -> String {
    let id = call.path("item")
    guard !id.hasPrefix("/") else {
      throw GalleyError(
        .missingInput, "can't find the item", at: id, why: "an id is expected, not a path",
        remedy: "GET /v1/items?dataset=…&where=path=='\(id)' finds its id.")
    }
    return id
  }
}
