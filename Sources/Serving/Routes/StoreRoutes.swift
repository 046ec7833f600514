// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import HTTPTypes
internal import Platform

/// The store itself, and this description.
enum StoreRoutes {
  private static let group = "store"

  private struct Verdict: Encodable, Sendable {
    var missing: [String]
    var removedFiles: Int
    var removedBytes: Int
  }

  private static let verdict = Schema.group([
    SchemaField("missing", .list(EntitySchemas.digest, count: 0...Int.max), "Digests of files that are missing."),
    SchemaField("removedFiles", .count, "Files that nothing used, and that were removed."),
    SchemaField("removedBytes", .count, "How many bytes they had."),
  ])

  static let all: [Route] = [
    Route(
      method: .post, path: "/v1/verification", name: "verifyStore", group: group,
      summary: "Prove that the store is sound, and remove files that nothing has used for an hour.",
      outcomes: [.init(status: .ok, words: "The database is sound.", answer: .json(verdict))],
      work: .blocking { call in
        let missing = try call.store.check()
        let removed = try call.store.removeUnusedFiles()
        return try Reply.json(Verdict(missing: missing, removedFiles: removed.files, removedBytes: removed.bytes))
      }),
    Route(
      method: .get, path: "/openapi.json", name: "showDescription", group: group,
      summary: "This description. No token is needed.",
      outcomes: [.init(status: .ok, words: "OpenAPI 3.1.", answer: .json(.object))], needsToken: false,
      work: .blocking { _ in
        Reply(status: .ok, headers: [.contentType: "application/json"], body: .bytes(ServerDescription.json))
      }),
  ]
}
