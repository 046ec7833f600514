// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform
import Testing

@Suite struct FilterTests {
  /// Items with metadata and annotations of every sort.
  private static func home() throws -> (TemporaryStore, [String]) {
    let home = try TemporaryStore()
    try home.store.createDataset("things")
    func draft(_ path: String, _ metadata: String, hidden: Bool = false) throws -> ItemDraft {
      ItemDraft(
        path: path, content: .bytes(Data(path.utf8)), isHidden: hidden,
        metadata: try JSONObject(parsing: metadata, at: "test"))
    }
    let ids = try home.store.addItems(
      [
        draft("/a/1.txt", #"{"user": {"n": 1, "ok": true, "tags": ["x", "y"], "odd key's": "v"}}"#),
        draft("/a/b/2.txt", #"{"user": {"n": 2.5, "ok": false, "tags": []}}"#),
        draft("/a/b/3.txt", #"{"user": {"n": "2", "boxes": [{"k": 1, "s": "p"}, {"k": 2, "s": "q"}]}}"#),
        draft("/c/4[1].txt", #"{"user": {"n": null}}"#), draft("/hidden.txt", "{}", hidden: true),
      ], to: "things"
    ).compactMap(\.id)
    try home.box(ids[0], "cat", confidence: 0.9)
    try home.box(ids[0], "dog", confidence: 0.1, metadata: #"{"metadata": {"user": {"color": "red"}}}"#)
    try home.box(ids[1], "cat", confidence: 0.2)
    try home.box(ids[2], "dog's")
    return (home, ids)
  }

  private static let jsonQuestions: [(String, [Int])] = [
    (#"{}"#, [0, 1, 2, 3]),
    (#"{"filter": {"$and": [{"hidden": false}, {"type": "file"}]}}"#, [0, 1, 2, 3]),
    (#"{"filter": {"hidden": true}}"#, [4]),
    (#"{"filter": {"filename": "/a/**"}}"#, [0, 1, 2]),
    (#"{"filter": {"filename": "/a/*"}}"#, [0]),
    (#"{"filter": {"filename": "*2.t?t"}}"#, [1]),
    (#"{"filter": {"filename": "/c/4[1].*"}}"#, [3]),
    (#"{"filter": {"filename": "/c/4[1].txt"}}"#, [3]),
    (#"{"filter": {"filename": {"$in": ["/a/1.txt", "/c/**"]}}}"#, [0, 3]),
    (#"{"filter": {"dir": "/a/b"}}"#, [1, 2]),
    (#"{"filter": {"dir": "/a/**"}}"#, [0, 1, 2]),
    (#"{"filter": {"name": {"$ne": "1.txt"}}}"#, [1, 2, 3]),
    (#"{"filter": {"metadata.user.n": 1}}"#, [0]),
    (#"{"filter": {"metadata.user.n": {"$gt": 1}}}"#, [1]),
    (#"{"filter": {"metadata.user.n": {"$gte": 1, "$lt": 2}}}"#, [0]),
    (#"{"filter": {"metadata.user.n": "2"}}"#, [2]),
    (#"{"filter": {"metadata.user.n": {"$in": [1, "2"]}}}"#, [0, 2]),
    (#"{"filter": {"metadata.user.n": {"$nin": [1, "2"]}}}"#, [1, 3]),
    (#"{"filter": {"metadata.user.ok": true}}"#, [0]),
    (#"{"filter": {"metadata.user.ok": {"$ne": true}}}"#, [1, 2, 3]),
    (#"{"filter": {"metadata.user.ok": {"$exists": false}}}"#, [2, 3]),
    (#"{"filter": {"metadata.user.tags": {"$match": "y"}}}"#, [0]),
    (#"{"filter": {"metadata.user.boxes": {"$match": {"k": 2, "s": "q"}}}}"#, [2]),
    (#"{"filter": {"metadata.user.boxes": {"$match": {"k": 1, "s": "q"}}}}"#, []),
    (#"{"filter": {"metadata.user.odd key's": "v"}}"#, [0]),
    (#"{"filter": {"$or": [{"name": "1.txt"}, {"$not": {"dir": "/a/**"}}]}}"#, [0, 3]),
    (#"{"filter": {"annotated": true}}"#, [0, 1, 2]),
    (#"{"filter": {"annotationsCount": {"$gt": 1}}}"#, [0]),
    (
      #"{"join": {"on": {"resource": "annotations", "local": "itemId", "forigen": "id"}, "filter": {"$and": [{"label": "cat"}, {"metadata.user.model.confidence": {"$gt": 0.5}}]}}}"#,
      [0]
    ),
    (#"{"filter": {"$annotations": {"metadata.user.color": "red"}}}"#, [0]),
    (#"{"filter": {"$annotations": {"label": "dog's"}}}"#, [2]),
    (#"{"filter": {"createdAt": {"$gt": "2020-01-01T00:00:00.000Z"}}, "sort": {"name": "descending"}}"#, [3, 2, 1, 0]),
    (#"{"filter": {}, "page": 1, "pageSize": 3}"#, [3]),
  ]

  @Test func dataloopsFiltersFindWhatTheySay() throws {
    let (home, ids) = try Self.home()
    for (json, wanted) in Self.jsonQuestions {
      let filters = try Filters(json: Data(json.utf8), at: "test", for: .items)
      let found = try home.store.items(filters, in: "things").entries.map(\.id)
      #expect(found == wanted.map { ids[$0] }, "\(json)")
      #expect(try home.store.items(filters).entries.map(\.id) == found, "\(json)")
      let again = try Filters(json: Data(filters.json.utf8), at: "test")
      #expect(try home.store.items(again, in: "things").entries.map(\.id) == found, "\(filters.json)")
      #expect(try Filters(json: Data(again.json.utf8), at: "test") == again)
    }
  }

  private static let expressions: [(String, [Int])] = [
    ("annotation.label == 'cat' && annotation.confidence >= 0.5", [0]),
    ("annotation.label == 'dog' && annotation.confidence >= 0.5", []),
    ("annotation.label == 'cat' && name != '1.txt'", [1]),
    ("annotation.label in ['dog', \"dog's\"]", [0, 2]),
    ("not annotation.label == 'cat'", [2, 3]),
    ("annotation.label == 'cat' || annotation.label == \"dog's\"", [0, 1, 2]),
    ("0.5 < annotation.confidence", [0]),
    ("metadata.user.n == null", [3]),
    ("'x' in metadata.user.tags", [0]),
    ("metadata.user.ok", [0]),
    ("folder == '/a/**' and not (name == '1.txt')", [1, 2]),
    ("annotationsCount > 0 implies name == '1.txt'", [0, 3]),
  ]

  @Test func expressionsFindWhatTheySay() throws {
    let (home, ids) = try Self.home()
    for (text, wanted) in Self.expressions {
      let found = try home.store.items(Filters(.items, where: text), in: "things").entries.map(\.id)
      #expect(found == wanted.map { ids[$0] }, "\(text)")
    }
    let labels = try home.store.annotations(Filters(.annotations, where: "label == 'cat' && confidence >= 0.5"))
    #expect(labels.entries.map(\.itemID) == [ids[0]])
    let joined = try home.store.annotations(Filters(.annotations, where: "item.name == '1.txt'"))
    #expect(joined.total == 2)
  }

  private static let refused: [(String, String)] = [
    (#"{"filtr": {}}"#, "Did you mean 'filter'?"), (#"{"filter": {"labl": 1}}"#, "There is"),
    (#"{"filter": {"nam": "a"}}"#, "Did you mean 'name'?"),
    (#"{"filter": {"name": {"$eqq": 1}}}"#, "Did you mean '$eq'?"),
    (#"{"filter": {"$nor": []}}"#, "Did you mean '$not'?"), (#"{"filter": []}"#, "an object was expected"),
    (#"{"filter": {"$and": {}}}"#, "a list was expected"), (#"{"filter": {"name": 1}}"#, "is text"),
    (#"{"filter": {"hidden": "yes"}}"#, "true or false"), (#"{"filter": {"width": {"$gt": "a"}}}"#, "is a number"),
    (#"{"filter": {"createdAt": "soon"}}"#, "is no time"), (#"{"resource": "annotations"}"#, "items are listed"),
    (#"{"pageSize": 0}"#, "1 to 1000"), (#"{"page": -1}"#, "whole number"), (#"{"sort": {"name": "up"}}"#, "ascending"),
    (#"{"join": {"filter": {}, "of": 1}}"#, "no key 'of'"), (#"{"filter": {"metadata.a\"b": 1}}"#, "no field"),
    (#"{"filter": {"name": {"$exists": 1}}}"#, "true or false"), ("{", "line 1"), ("\u{FE}", "line 1"),
    (#"{"filter": {}, "filter": {}}"#, "twice"), (#"{"filter": {"name": {"$match": "a"}}}"#, "metadata"),
    (#"{"update": {}}"#, "no key 'update'"),
  ]

  @Test func badFiltersAreOneClearError() throws {
    let (home, _) = try Self.home()
    for (json, words) in Self.refused {
      let error = refusal { try home.store.items(Filters(json: Data(json.utf8), at: "f.json", for: .items)) }
      #expect(error?.exitCode == .usage && error?.description.contains(words) == true, "\(json): \(error as Any)")
    }
    let deep = String(repeating: #"{"$not": "#, count: 400) + "{}" + String(repeating: "}", count: 400)
    let error = refusal { try Filters(json: Data("{\"filter\": \(deep)}".utf8), at: "f.json") }
    #expect(error?.why.contains("deep") == true)
    for text in ["labl ==", "nam == 'a'", "annotation.labl == 'a'", "name + 1 == 2", "name == 3", "width == '3'", "3"] {
      #expect(refusal { try Filters(.items, where: text) }?.exitCode == .usage, "\(text)")
    }
  }

  /// Drawn bytes and drawn changes of good filters: an error, or a filter, and never a crash or a broken statement.
  @Test func anyBytesAreAFilterOrAnError() throws {
    let (home, _) = try Self.home()
    var generator = SystemRandomNumberGenerator()
    for round in 0..<3000 {
      var bytes = Array(Self.jsonQuestions[round % Self.jsonQuestions.count].0.utf8)
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 1 where bytes.count > 1: bytes.remove(at: place)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
        }
      }
      let error = refusal { try home.store.items(Filters(json: Data(bytes), at: "f"), in: "things") }
      #expect(error == nil || error?.exitCode == .usage, "\(String(decoding: bytes, as: UTF8.self)): \(error as Any)")
    }
  }

  @Test func valuesNeverBecomeStatements() throws {
    let (home, ids) = try Self.home()
    let evil = "'; DROP TABLE item; --"
    try home.box(ids[3], evil)
    let found = try home.store.items(
      Filters(.items, .joined(.annotations, .test(field: "label", .equal, .string(evil)))))
    #expect(found.entries.map(\.id) == [ids[3]])
    let values = (0..<100_000).map { ConfigurationValue.string("\($0).txt") }
    #expect(try home.store.items(Filters(.items, .test(field: "name", .among, .list(values)))).total == 3)
  }
}
