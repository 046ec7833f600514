// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform
import Serving
import Testing

/// Models, their files, figures and states.
@Suite struct ModelOperationTests {
  @Test func modelsAreMadeChangedClonedAndRemoved() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    let made = try await server.ask(
      "POST", "/v1/models",
      .json(
        #"{"name": "net", "dataset": "d", "outputType": "box", "labels": ["a", "b"], "configuration": {"batch_size": 4}}"#
      ))
    #expect(made.status == 201, "\(made.text)")
    #expect(made["version"] == 1)
    let subset = #"{\"filter\": {\"dir\": \"/train\"}}"#
    let changed = try await server.ask(
      "PATCH", "/v1/models/net", .json(#"{"configuration": {"batch_size": 8}, "subsets": {"train": "\#(subset)"}}"#))
    #expect(changed["version"] == 2)
    #expect(changed.string("subsets.train").contains("/train"))
    #expect(try await server.ask("PATCH", "/v1/models/net", .json(#"{"subsets": {"train": "{}}"}}"#)).status == 422)
    #expect(try await server.ask("PATCH", "/v1/models/net", .json(#"{"outputType": "boxes"}"#)).status == 400)
    #expect(try await server.ask("PATCH", "/v1/models/net", .json(#"{"dataset": "nobody"}"#)).status == 404)
    let copy = try await server.ask("POST", "/v1/models/net/clone", .json(#"{"name": "copy", "labels": ["c"]}"#))
    #expect(copy.status == 201)
    #expect(copy["labels"] == .list(["c"]))
    #expect(copy["status"] == "created")
    #expect(try await server.ask("POST", "/v1/models/net/clone", .json(#"{"name": "copy"}"#)).status == 409)
    #expect(try await server.ask("GET", "/v1/models?where=status=='created'")["total"] == 2)
    #expect(try await server.ask("DELETE", "/v1/models/copy").status == 204)
  }

  @Test func onlyLegalStatesFollow() async throws {
    let server = try TestServer()
    try server.store.createModel("net")
    let state = try await server.ask("GET", "/v1/models/net/status")
    #expect(state["status"] == "created")
    let refused = try await server.ask("PUT", "/v1/models/net/status", .json(#"{"status": "deployed"}"#))
    #expect(refused.status == 409)
    #expect(refused.string("remedy").contains("pre-trained"))
    #expect(try await server.ask("PUT", "/v1/models/net/status", .json(#"{"status": "asleep"}"#)).status == 400)
    #expect(
      try await server.ask("PUT", "/v1/models/net/status", .json(#"{"status": "failed", "reason": "why not"}"#))[
        "reason"] == "why not")
    let history = try await server.ask("GET", "/v1/models/net/history")
    #expect(history["1", "reason"] == "why not")
  }

  @Test func artifactsComeAndGo() async throws {
    let server = try TestServer()
    try server.store.createModel("net")
    let bytes = Data("weights".utf8)
    let first = try await server.ask("PUT", "/v1/models/net/artifacts?path=w/best.pth", .bytes(bytes, "a/b"))
    #expect(first["version"] == 1)
    let second = try await server.ask(
      "PUT", "/v1/models/net/artifacts?path=/model.json", .bytes(Data("{}".utf8), "application/json"))
    #expect(second["version"] == 2)
    #expect(try await server.ask("GET", "/v1/models/net/artifacts")["1", "path"] == "w/best.pth")
    #expect(try await server.ask("GET", "/v1/models/net/artifacts/content?path=w/best.pth").body == bytes)
    #expect(try await server.ask("GET", "/v1/models/net/artifacts/content?path=w").status == 404)
    #expect(try await server.ask("PUT", "/v1/models/net/artifacts?path=w", .bytes(bytes, "a/b")).status == 422)
    #expect(try await server.ask("PUT", "/v1/models/net/artifacts?path=../x", .bytes(bytes, "a/b")).status == 422)
    let rest = try await server.ask("DELETE", "/v1/models/net/artifacts?path=model.json")
    #expect(rest["version"] == 3)
    #expect(rest["artifacts", "1"] == nil)
  }

  @Test func figuresAreKeptAndPredictionsScored() async throws {
    let server = try TestServer()
    try server.store.createDataset("d")
    let item = try server.store.addItems([ItemDraft(path: "a", content: .bytes(Data()))], to: "d").first?.id ?? ""
    let model = try server.store.createModel("net").id
    let set = try await server.ask("PUT", "/v1/models/net/metrics", .json(#"{"values": {"map": 0.5, "loss": -1e300}}"#))
    #expect(set["1", "value"] == 0.5)
    #expect(try await server.ask("PUT", "/v1/models/net/metrics", .json(#"{"values": {"map": 1e999}}"#)).status == 400)
    let plots = try await server.ask(
      "POST", "/v1/models/net/plots", .json(#"{"samples": [{"figure": "loss", "legend": "train", "x": 1, "y": 0.25}]}"#)
    )
    #expect(plots["0", "y"] == 0.25)
    let box = AnnotationGeometry.box(Box(x: 0, y: 0, width: 4, height: 4))
    try server.store.addAnnotations([AnnotationDraft(itemID: item, label: "cat", geometry: box, origin: .person("ada"))]
    )
    let origin = ModelOrigin(id: model, version: "1", name: "net", run: "r")
    let back = try server.store.beginWriteBack(of: origin, to: "d")
    try back.stage([
      item: [AnnotationDraft(itemID: item, label: "cat", geometry: box, origin: .model(origin), confidence: 0.9)]
    ])
    try back.swap()
    let scores = try await server.ask("POST", "/v1/models/net/scores", .json(#"{"dataset": "d"}"#))
    #expect(scores["metrics", "hits"] == 1, "\(scores.text)")
    #expect(scores["isKept"] == true)
    #expect(try await server.ask("GET", "/v1/models/net/metrics").text.contains("ap50"))
  }
}
