// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Archives
import Foundation
import Galley
import Platform
import Serving
import Testing

/// What comes in at once: archives and lines.
@Suite struct ImportTests {
  /// A data set with one annotated picture, as an archive.
  private func archive(_ server: TestServer, _ format: String) async throws -> Data {
    try server.store.createDataset("original")
    let drafts = [ItemDraft(path: "/x/1.png", content: .bytes(TestPictures.png))]
    let item = try server.store.addItems(drafts, to: "original").first?.id ?? ""
    try server.store.addAnnotations([
      AnnotationDraft(
        itemID: item, label: "cat", geometry: .box(Box(x: 0, y: 0, width: 1, height: 1)), origin: .person("ada"))
    ])
    let answer = try await server.ask("GET", "/v1/datasets/original/export?format=\(format)")
    #expect(answer.status == 200, "\(answer.text)")
    // Annotations keep their ids where no other item has them.
    try server.store.deleteDataset("original")
    return answer.body
  }

  /// The labels of all ground truth of a data set.
  private func labels(_ server: TestServer, _ dataset: String) throws -> [String] {
    try server.store.annotations(Filters(.annotations), in: dataset).entries.map(\.label).sorted()
  }

  @Test(arguments: ["dataloop", "coco", "voc"])
  func groundTruthThatIsThereStaysUnlessItShallGo(format: String) async throws {
    let server = try TestServer()
    let archive = try await archive(server, format)
    try server.store.createDataset("d")
    func send(_ more: String = "") async throws -> Answer {
      try await server.ask(
        "POST", "/v1/datasets/d/import?format=\(format)\(more)", .bytes(archive, "application/zip"))
    }
    #expect(try await send()["annotations"] == 1)
    // Again: nothing is doubled, and nothing is wrong.
    let again = try await send()
    #expect(again["rejectedCount"] == 0, "\(again.text)")
    #expect(try labels(server, "d") == ["cat"])
    // Somebody corrects it.
    let item = try #require(server.store.items(Filters(.items), in: "d").entries.first).id
    for annotation in try server.store.annotations(ofItem: item) {
      #expect(
        try await server.ask("PATCH", "/v1/annotations/\(annotation.id)", .json(#"{"label": "dog"}"#)).status == 200)
    }
    if format != "dataloop" {
      let kept = try await send()
      #expect(kept["annotations"] == 0)
      #expect(kept["rejectedCount"] == 1)
      #expect(kept["rejected", "0", "reason"].map { "\($0)".contains("already") } == true, "\(kept.text)")
      #expect(try labels(server, "d") == ["dog"])
    }
    #expect(try await send("&replace=true")["annotations"] == 1)
    #expect(try labels(server, "d") == ["cat"])
  }

  @Test func placesAreThoseInWhatWasSent() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    var writer = ZipWriter()
    try writer.append("json/a.json", Array(#"{"filename": "/a.txt", "annotations": [{"type": 7}]}"#.utf8))
    try writer.append("json/b.json", Array("nonsense".utf8))
    try writer.append("items/a.txt", Array("a".utf8))
    let answer = try await server.ask(
      "POST", "/v1/datasets/d/import?format=dataloop", .bytes(Data(writer.finished()), "application/zip"))
    #expect(answer["rejected", "0", "place"] == "json/a.json: annotations[0]", "\(answer.text)")
    #expect(answer["rejected", "1", "place"] == "json/b.json")
    let bodies = [Data("nonsense".utf8), Data(writer.finished().dropLast(30)), Data(#"{"images": [], "x": "#.utf8)]
    for format in ["dataloop", "coco", "voc", "csv", "npz"] {
      for body in bodies {
        let answer = try await server.ask(
          "POST", "/v1/datasets/d/import?format=\(format)", .bytes(body, "application/octet-stream"))
        #expect(answer.status == 422, "\(format): \(answer.text)")
        #expect(!answer.text.contains(server.folder), "\(answer.text)")
      }
    }
    #expect(!answer.text.contains(server.folder))
  }

  @Test func anUploadFindsNothingBesideItself() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    // A description that isn't in an archive, and names files that lie in the store.
    let coco =
      #"{"images": [{"id": 1, "file_name": "platform.sqlite", "width": 1, "height": 1}], "annotations": [], "categories": []}"#
    let answer = try await server.ask(
      "POST", "/v1/datasets/d/import?format=coco", .bytes(Data(coco.utf8), "application/octet-stream"))
    #expect(answer["itemsAdded"] != 1, "\(answer.text)")
    #expect(try server.store.itemCount(Filters(.items), in: "d") == 0)
  }

  @Test func linesAreBoundedAndRejectionsCounted() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    _ = try server.store.addItems([ItemDraft(path: "/a", content: .bytes(Data()))], to: "d")
    let good = #"{"filename": "/a", "annotations": [{"type": "class", "label": "cat"}]}"#
    var lines = Data("\(String(repeating: "{}\n", count: 1500))\n  \t\r\n".utf8)
    // One byte too long, and just short enough.
    for extra in [1, 0] {
      let pad = (8 << 20) + extra - good.utf8.count
      lines += Data(repeating: 0x20, count: pad) + Data("\(good)\n".utf8)
    }
    lines += Data(good.utf8)
    let answer = try await server.ask("POST", "/v1/datasets/d/dataloop", .bytes(lines, "application/x-ndjson"))
    #expect(answer.status == 200, "\(answer.text.prefix(500))")
    #expect(answer["annotations"] == 2)
    #expect(answer["rejectedCount"] == 1501)
    guard case .list(let rejected)? = answer["rejected"] else { throw Failed() }
    #expect(rejected.count == 1000)
    let few = try await server.ask(
      "POST", "/v1/datasets/d/dataloop",
      .bytes(Data(repeating: 0x20, count: 20 << 20) + Data("\n\(good)".utf8), "application/x-ndjson"))
    #expect(few["rejected", "0", "reason"] == "it has more than 8388608 bytes", "\(few.text)")
    #expect(few["rejected", "0", "place"] == "line 1")
    #expect(few["annotations"] == 1)
  }

  @Test func aFullDiskIsSaidBeforeAnythingIsSent() async throws {
    let server = try TestServer { $0.diskReserve = .max / 2 }
    try server.store.createDataset("d")
    try server.store.createModel("net")
    for (method, target, type) in [
      ("POST", "/v1/datasets/d/items?path=/a", "text/plain"), ("PUT", "/v1/models/net/artifacts?path=w", "a/b"),
      ("POST", "/v1/datasets/d/dataloop", "application/x-ndjson"), ("POST", "/v1/datasets/d/import", "application/zip"),
    ] {
      let answer = try await server.ask(method, target, .bytes(Data("{}".utf8), type))
      #expect(answer.status == 507, "\(answer.text)")
      #expect(answer.string("why").contains("bytes are needed"))
    }
    #expect(try await server.ask("GET", "/v1/datasets/d/export?format=dataloop").status == 507)
  }
}
