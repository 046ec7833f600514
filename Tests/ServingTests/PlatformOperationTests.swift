// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform
import Serving
import Testing

/// The operations of the platform, as somebody does them from outside.
@Suite struct PlatformOperationTests {
  @Test func projectsAndDatasetsAreMadeShownChangedAndRemoved() async throws {
    let server = try TestServer()
    let project = try await server.ask("POST", "/v1/projects", .json(#"{"name": "p", "metadata": {"a": [1, null]}}"#))
    #expect(project.status == 201)
    #expect(project.headers["location"] == "/v1/projects/\(project.string("id"))")
    #expect(try await server.ask("POST", "/v1/projects", .json(#"{"name": "p"}"#)).status == 409)
    let made = try await server.ask(
      "POST", "/v1/datasets",
      .json(
        #"{"name": "a/b", "project": "p", "labels": [{"name": "é", "keypoints": ["x", "y"], "skeleton": [[0, 1]]}]}"#))
    #expect(made.status == 201)
    #expect(made["labels", "0", "skeleton", "0"] == .list([0, 1]))
    let shown = try await server.ask("GET", "/v1/datasets/p%2Fa%2Fb")
    #expect(shown.string("dataset.id") == made.string("id"))
    #expect(shown["counts", "items"] == 0)
    let changed = try await server.ask("PATCH", "/v1/datasets/\(made.string("id"))", .json(#"{"name": "c"}"#))
    #expect(changed.string("name") == "c")
    #expect(changed["labels", "0", "name"] == "é")
    let listed = try await server.ask("GET", "/v1/datasets?where=name=='c'")
    #expect(listed["total"] == 1)
    // A name that two projects have means nothing.
    try server.store.createDataset("c", in: "other")
    #expect(try await server.ask("GET", "/v1/datasets/c").status == 409)
    #expect(try await server.ask("DELETE", "/v1/datasets/p%2Fc").status == 204)
    #expect(try await server.ask("DELETE", "/v1/projects/p").status == 204)
    #expect(try await server.ask("DELETE", "/v1/projects/p").status == 404)
  }

  @Test func itemsComeAndGoWithTheirBytes() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    let bytes = Data((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let made = try await server.ask("POST", "/v1/datasets/d/items?path=/a/ä b.bin".escaped, .bytes(bytes, "x/y"))
    #expect(made.status == 201)
    let id = made.string("item.id")
    #expect(made.headers["location"] == "/v1/items/\(id)")
    #expect(made.string("item.path") == "/a/ä b.bin")
    let target = "/v1/datasets/d/items?path=a/ä b.bin".escaped
    #expect(try await server.ask("POST", target, .bytes(bytes, "x/y"))["outcome"] == "unchanged")
    #expect(try await server.ask("POST", target, .bytes(Data("new".utf8), "x/y")).status == 409)
    let whole = try await server.ask("GET", "/v1/items/\(id)/content")
    #expect(whole.body == bytes)
    let tag = whole.headers["etag"] ?? ""
    #expect(try await server.ask("GET", "/v1/items/\(id)/content", headers: ["If-None-Match: \(tag)"]).status == 304)
    let parts = [("bytes=10-19", bytes[10..<20]), ("bytes=99990-", bytes[99_990...]), ("bytes=-5", bytes[99_995...])]
    for (range, expected) in parts {
      let part = try await server.ask("GET", "/v1/items/\(id)/content", headers: ["Range: \(range)"])
      #expect(part.status == 206)
      #expect(part.body == expected, "\(range)")
    }
    #expect(
      try await server.ask("GET", "/v1/items/\(id)/content", headers: ["Range: bytes=100000-"]).headers["content-range"]
        == "bytes */100000")
    #expect(
      try await server.ask("POST", target + "&replace=true", .bytes(Data("new".utf8), "x/y"))["outcome"] == "replaced")
    let changed = try await server.ask(
      "PATCH", "/v1/items/\(id)", .json(#"{"path": "/c", "isHidden": true, "metadata": {"n": 2}}"#))
    #expect(changed.string("name") == "c")
    #expect(try await server.ask("GET", "/v1/items/count?dataset=d")["count"] == 0)
    #expect(try await server.ask("GET", "/v1/items/count?where=hidden and metadata.n>1".escaped)["count"] == 1)
    #expect(try await server.ask("POST", "/v1/datasets/d/items?path=/..", .bytes(Data(), "x/y")).status == 422)
    #expect(try await server.ask("DELETE", "/v1/items/\(id)").status == 204)
    #expect(try await server.ask("GET", "/v1/items/\(id)").status == 404)
    #expect(try await server.ask("GET", "/v1/items/%2Fc").status == 404)
  }

  @Test func listsAreFilteredBothWays() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    let drafts = (0..<120).map { ItemDraft(path: "/\($0 % 3)/\($0)", content: .bytes(Data("\($0)".utf8))) }
    _ = try server.store.addItems(drafts, to: "d")
    let page = try await server.ask("GET", "/v1/items?dataset=d&where=folder=='/1'&sort=-name&page=1&pageSize=7")
    #expect(page["total"] == 40)
    #expect(page["entries", "0", "name"] == "76")
    let filter =
      #"{"filter": {"$or": [{"dir": "/1"}, {"filename": "/2/**"}]}, "sort": {"name": "descending"}, "pageSize": 3}"#
    let queried = try await server.ask("POST", "/v1/items/query?dataset=d", .json(filter))
    #expect(queried["total"] == 80)
    #expect(queried["entries", "0", "name"] == "98")
    #expect(
      try await server.ask("POST", "/v1/items/count", .json(#"{"filter": {"size": {"$lte": 1}}}"#))["count"] == 10)
    // Unknown fields of a filter are no part of the description; an expression's are found when it is read.
    #expect(try await server.ask("POST", "/v1/items/query", .json(#"{"filter": {"nmae": "a"}}"#)).status == 400)
    for condition in ["nmae=='a'", "name==", "name==1", "(", String(repeating: "not%20", count: 200) + "hidden"] {
      let answer = try await server.ask("GET", "/v1/items?where=\(condition)")
      #expect(answer.status == 422, "\(condition): \(answer.status)")
    }
    let gone = try await server.ask("DELETE", "/v1/datasets/d/items?where=folder=='/0'")
    #expect(gone["deleted"] == 40)
    #expect(try await server.ask("DELETE", "/v1/datasets/d/items").status == 400)
  }

  @Test func annotationsAreGroundTruthAndNothingElse() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    let item = try server.store.addItems([ItemDraft(path: "a", content: .bytes(Data()))], to: "d").first?.id ?? ""
    let forms = [
      "{}", #"{"box": [1, 2, 3, 4]}"#, #"{"rotatedBox": [1, 2, 3, 4, 30]}"#, #"{"outlines": [[0, 0, 4, 0, 4, 4]]}"#,
      #"{"point": [1.5, 2]}"#, #"{"line": [0, 0, 1, 1]}"#, #"{"ellipse": [5, 5, 2, 1, 0]}"#,
      #"{"mask": {"size": [2, 2], "counts": "04"}}"#,
      #"{"keypoints": {"points": [{"name": "eye", "at": [1, 2], "visibility": 2}]}}"#,
    ]
    for form in forms {
      let made = try await server.ask(
        "POST", "/v1/items/\(item)/annotations", .json(#"{"label": "🐈‍⬛ ", "by": "ada", "geometry": \#(form)}"#))
      #expect(made.status == 201, "\(form): \(made.text)")
      #expect(made["label"] == "🐈‍⬛ ")
      #expect(made.string("origin.person") == "ada")
    }
    for (form, status) in [
      (#"{"box": [1, 2, 3]}"#, 400), (#"{"box": [1, 2, 3, 4], "point": [1, 2]}"#, 400), (#"{"circle": [1]}"#, 400),
      (#"{"outlines": [[0, 0, 4, 0, 4, 4, 5]]}"#, 422), (#"{"mask": {"size": [2, 2], "counts": "zzz"}}"#, 422),
    ] {
      let answer = try await server.ask(
        "POST", "/v1/items/\(item)/annotations", .json(#"{"label": "a", "by": "ada", "geometry": \#(form)}"#))
      #expect(answer.status == status, "\(form): \(answer.text)")
    }
    let listed = try await server.ask("GET", "/v1/annotations?dataset=d&where=type=='box'")
    #expect(listed["total"] == 2)
    guard case .string(let id)? = listed["entries", "0", "id"] else { throw Failed() }
    let changed = try await server.ask(
      "PATCH", "/v1/annotations/\(id)", .json(#"{"label": "dog", "geometry": {"box": [0, 0, 9, 9]}}"#))
    #expect(changed["label"] == "dog")
    #expect(changed.string("origin.person") == "ada")
    let replaced = try await server.ask(
      "PUT", "/v1/items/\(item)/annotations", .json(#"[{"label": "one", "by": "bob"}]"#))
    #expect(replaced["0", "label"] == "one")
    #expect(try server.store.annotations(ofItem: item).count == 1)
    #expect(try await server.ask("GET", "/v1/annotations/\(id)").status == 404)
  }

  @Test func predictionsAreLookedAtAndRemoved() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    let item = try server.store.addItems([ItemDraft(path: "a", content: .bytes(Data()))], to: "d").first?.id ?? ""
    let origin = ModelOrigin(id: "m", version: "1", name: "net", run: "r")
    let back = try server.store.beginWriteBack(of: origin, to: "d")
    try back.stage([
      item: [AnnotationDraft(itemID: item, label: "cat", geometry: .whole, origin: .model(origin), confidence: 0.25)]
    ])
    try back.swap()
    #expect(try await server.ask("GET", "/v1/annotations")["total"] == 0)
    let listed = try await server.ask("GET", "/v1/predictions?where=confidence<0.5&dataset=d")
    #expect(listed["total"] == 1)
    #expect(listed["entries", "0", "origin", "model", "run"] == "r")
    #expect(try await server.ask("GET", "/v1/items/\(item)/predictions?model=m")["0", "label"] == "cat")
    #expect(try await server.ask("POST", "/v1/predictions", .json("{}")).status == 405)
    #expect(try await server.ask("DELETE", "/v1/predictions").status == 400)
    #expect(try await server.ask("DELETE", "/v1/predictions?model=m")["deleted"] == 1)
  }

  @Test func dataloopsDocumentsGoOutAndComeBack() async throws {
    let server = try TestServer()
    for name in ["d", "e"] {
      try server.store.createDataset(name)
      _ = try server.store.addItems(
        ["/x/1.txt", "/x/2.txt"].map { ItemDraft(path: $0, content: .bytes(Data($0.utf8))) }, to: name)
    }
    let item = try server.store.item("/x/1.txt", in: "d").id
    let report = try await server.ask(
      "POST", "/v1/items/\(item)/dataloop",
      .json(
        #"{"annotations": [{"type": "box", "label": "cat", "coordinates": [{"x": 1, "y": 2}, {"x": 3, "y": 5}]}, {"type": 7}]}"#
      ))
    #expect(report["annotations"] == 1)
    #expect(report["rejected", "0", "place"] == "request: annotations[1]")
    let document = try await server.ask("GET", "/v1/items/\(item)/dataloop")
    #expect(document["annotations", "0", "label"] == "cat")
    let lines = try await server.ask("GET", "/v1/datasets/d/dataloop")
    #expect(lines.headers["content-type"] == "application/x-ndjson")
    #expect(lines.text.split(separator: "\n").count == 2)
    let copied = try await server.ask(
      "POST", "/v1/datasets/e/dataloop", .bytes(lines.body + Data("\n{}\nnonsense\n".utf8), "application/x-ndjson"))
    #expect(copied["annotations"] == 1, "\(copied.text)")
    guard case .list(let rejected)? = copied["rejected"] else { throw Failed() }
    #expect(rejected.count == 2)
    #expect(try server.store.annotations(Filters(.annotations), in: "e").total == 1)
  }

  @Test func dataSetsGoOutAndComeBackInArchives() async throws {
    let server = try TestServer()
    for name in ["d", "e", "f"] { try server.store.createDataset(name) }
    let item =
      try server.store.addItems([ItemDraft(path: "/x/1.png", content: .bytes(TestPictures.png))], to: "d").first?.id
      ?? ""
    try server.store.addAnnotations([
      AnnotationDraft(
        itemID: item, label: "cat", geometry: .box(Box(x: 0, y: 0, width: 1, height: 1)), origin: .person("ada"))
    ])
    for (format, target) in [("dataloop", "e"), ("coco", "f")] {
      let archive = try await server.ask("GET", "/v1/datasets/d/export?format=\(format)")
      #expect(archive.status == 200)
      #expect(archive.headers["content-type"] == "application/zip")
      let report = try await server.ask(
        "POST", "/v1/datasets/\(target)/import?format=\(format)", .bytes(archive.body, "application/zip"))
      #expect(report["itemsAdded"] == 1, "\(report.text)")
      #expect(report["annotations"] == 1, "\(report.text)")
    }
    for bytes in [Data(), Data("PK\u{3}\u{4}".utf8), Data("nonsense".utf8)] {
      let answer = try await server.ask("POST", "/v1/datasets/e/import", .bytes(bytes, "application/zip"))
      #expect(answer.status == 422, "\(answer.text)")
    }
    #expect(try await server.ask("GET", "/v1/datasets/d/export?format=floppy").status == 400)
  }

  @Test func theStoreIsProven() async throws {
    let server = try TestServer()
    #expect(try await server.ask("POST", "/v1/verification")["missing"] == .list([]))
  }
}

struct Failed: Error {}

extension String {
  /// With what a request line can't have escaped.
  var escaped: String { addingPercentEncoding(withAllowedCharacters: .urlFragmentAllowed) ?? self }
}

enum TestPictures {
  /// One red pixel.
  static let png =
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC") ?? Data()
}
