// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import GRDB
import Galley
import Platform
import Testing

@Suite struct PredictionTests {
  @Test func predictionsAreNeverGroundTruth() throws {
    let home = try TemporaryStore()
    let ids = try home.items(2)
    try home.predict([ids[0]: ["cat"], ids[1]: []])
    #expect(try home.store.annotations(ofItem: ids[0]).isEmpty)
    #expect(try home.store.annotations(Filters(.annotations)).total == 0)
    #expect(try home.store.items(Filters(.items, .test(field: "annotated", .equal, .bool(true)))).total == 0)
    #expect(try home.store.items(Filters(.items, where: "annotation.label == 'cat'")).total == 0)
    #expect(try home.store.items(Filters(.items, where: "prediction.label == 'cat'")).entries.map(\.id) == [ids[0]])
    #expect(try home.store.predictions(ofItem: ids[0]).map(\.label) == ["cat"])
    // The tables themselves have no place for the one in the other.
    let database = try DatabaseQueue(path: "\(home.place.store)/platform.sqlite")
    #expect(throws: DatabaseError.self) {
      try database.write {
        try $0.execute(
          sql: """
            INSERT INTO annotation (id, item, dataset, type, label, geometry_json, attributes_json, document_json,
            created_unix_s, updated_unix_s, origin, origin_name)
            SELECT id, item, dataset, type, label, geometry_json, attributes_json, document_json, created_unix_s,
            updated_unix_s, 'model', model_id FROM prediction
            """)
      }
    }
  }

  @Test func aSwapReplacesTheItemsItBringsAndNoOthers() throws {
    let home = try TemporaryStore()
    let ids = try home.items(3)
    try home.predict([ids[0]: ["a"], ids[1]: ["a", "b"], ids[2]: ["c"]])
    try home.predict([ids[0]: ["other"]], model: "m2")
    try home.predict([ids[1]: [], ids[2]: ["d"]], version: "2")
    func labels(_ id: String, _ model: String) throws -> [String] {
      try home.store.predictions(ofItem: id, model: model).map(\.label)
    }
    #expect(try labels(ids[0], "m1") == ["a"] && labels(ids[1], "m1") == [] && labels(ids[2], "m1") == ["d"])
    #expect(try labels(ids[0], "m2") == ["other"])
    guard case .model(let origin)? = try home.store.predictions(ofItem: ids[2]).first?.origin else {
      Issue.record("no origin")
      return
    }
    #expect(origin.version == "2" && origin.id == "m1" && origin.name == "model m1")
    #expect(try home.store.deletePredictions(ofModel: "m1", in: "things") == 2)
  }

  @Test func aWriteBackGoesOnAndIsDoneOnce() throws {
    let home = try TemporaryStore()
    let ids = try home.items(3)
    try home.predict([ids[0]: ["old"], ids[1]: ["old"]])
    let origin = ModelOrigin(id: "m1", version: "2", name: "m", run: "r")
    let first = try home.store.beginWriteBack(of: origin, to: "things")
    try first.stage(TemporaryStore.drafts([ids[0]: ["x", "y"]], origin))
    #expect(try home.store.predictions(ofItem: ids[0]).map(\.label) == ["old"])

    let second = try PlatformStore.open(home.place).beginWriteBack(of: origin, to: "things")
    #expect(try second.stagedItems() == [ids[0]])
    try second.stage(TemporaryStore.drafts([ids[0]: ["new"], ids[1]: ["new"]], origin))
    #expect(try first.done() == nil && second.done() == nil)
    for (back, wasDone) in [(second, false), (first, true)] {
      let summary = try back.swap()
      #expect(summary.items == 2 && summary.predictions == 2 && summary.wasDone == wasDone)
    }
    #expect(try first.done() == first.swap())
    #expect(try home.store.predictions(ofItem: ids[0]).map(\.label) == ["new"])
    #expect(refusal { try first.stage(TemporaryStore.drafts([ids[2]: ["z"]], origin)) }?.exitCode == .usage)
    #expect(try home.store.writeBacks().first?.swapped != nil)
    var other = origin
    other.version = "3"
    #expect(refusal { try home.store.beginWriteBack(of: other, to: "things") }?.exitCode == .usage)
  }

  @Test func whatIsStagedMustBeTheModelsAndTheDatasets() throws {
    let home = try TemporaryStore()
    let ids = try home.items(1)
    let elsewhere = try home.items(1, in: "others")
    let origin = ModelOrigin(id: "m1", version: "1", name: "m", run: "r")
    let back = try home.store.beginWriteBack(of: origin, to: "things")
    let human = AnnotationDraft(itemID: ids[0], label: "a", geometry: .whole, origin: .person("ada"))
    #expect(refusal { try back.stage([ids[0]: [human]]) }?.why.contains("isn't of the model") == true)
    #expect(refusal { try back.stage(TemporaryStore.drafts([elsewhere[0]: ["a"]], origin)) }?.exitCode == .badData)
    #expect(refusal { try back.stage(TemporaryStore.drafts(["none": ["a"]], origin)) }?.exitCode == .missingInput)
    #expect(try back.stagedItems().isEmpty)
    try back.discard()
    #expect(refusal { try back.swap() }?.exitCode == .missingInput)
  }
}
