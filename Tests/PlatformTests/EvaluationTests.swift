// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Metrics
import Platform
import Testing

@Suite struct EvaluationTests {
  private func truth(_ item: String, _ label: String, _ geometry: AnnotationGeometry) -> AnnotationDraft {
    AnnotationDraft(itemID: item, label: label, geometry: geometry, origin: .person("ada"))
  }

  @Test func predictionsAreHeldAgainstGroundTruthAndKeptWithTheModel() throws {
    let home = try TemporaryStore()
    let ids = try home.items(2)
    let id = try home.store.createModel("net").id
    let box = AnnotationGeometry.box(Box(x: 0, y: 0, width: 10, height: 10))
    try home.store.addAnnotations([
      truth(ids[0], "cat", box), truth(ids[0], "dog", .whole), truth(ids[1], "cat", box),
      truth(ids[1], "line", .polyline([PixelPoint(0, 0), PixelPoint(1, 1)])),
    ])
    let origin = ModelOrigin(id: id, version: "1", name: "net", run: "r")
    func guess(_ item: String, _ label: String, _ geometry: AnnotationGeometry) -> AnnotationDraft {
      AnnotationDraft(itemID: item, label: label, geometry: geometry, origin: .model(origin), confidence: 0.75)
    }
    let back = try home.store.beginWriteBack(of: origin, to: "things")
    try back.stage([ids[0]: [guess(ids[0], "cat", box), guess(ids[0], "cow", .whole)], ids[1]: []])
    try back.swap()

    let evaluation = try home.store.evaluate(model: id, on: "things")
    #expect(evaluation.leftOut == ["polyline": 1])
    let metrics = evaluation.metrics
    #expect(metrics["hits"] == 1 && metrics["mislabelled"] == 1 && metrics["missed"] == 1 && metrics["surplus"] == 0)
    #expect(metrics["precision"] == 0.5 && metrics["recall"] == 1.0 / 3)
    // Of two cats one is found at full precision: 51 of 101 recalls. The dog isn't found.
    #expect(abs((metrics["ap50"] ?? 0) - 51.0 / 101 / 2) < 1e-9)
    let lines = evaluation.annotationCSV.split(separator: "\n")
    #expect(lines.count == 4 && lines[0].hasPrefix("first_id,first_creator,first_label,first_confidence,second_id"))
    #expect(lines[1].contains(",ada,cat,,") && lines[1].contains(",net,cat,0.75,"))
    #expect(evaluation.confusionCSV.hasPrefix("true,cat,cow,dog,(background)\ncat,1,0,0,1\n"))
    for _ in 0..<2 { try home.store.keep(evaluation) }
    #expect(try home.store.metrics(ofModel: "net").first { $0.name == "hits" }?.value == 1)
    #expect(try home.store.samples(ofModel: "net").count == 202)
    let some = try home.store.evaluate(model: id, on: "things", Filters(.items, where: "name == '1.txt'"))
    #expect(some.metrics["missed"] == 1 && some.metrics["hits"] == 0)
  }

  @Test func areasAreComparedAsMasks() throws {
    let home = try TemporaryStore()
    try home.store.createDataset("d")
    let item = try home.store.addItems(
      [ItemDraft(path: "/p.png", content: .bytes(png(width: 20, height: 20)))], to: "d")[0]
    let id = try #require(item.id)
    let corners = [PixelPoint(0, 0), PixelPoint(10, 0), PixelPoint(10, 10), PixelPoint(0, 10)]
    try home.store.addAnnotations([truth(id, "a", .polygon(Outline(parts: [corners])))])
    let origin = ModelOrigin(id: "m", version: "1", name: "m", run: "r")
    let turned = RotatedBox(center: PixelPoint(5, 2.5), width: 5, height: 10, angle: 90)
    let back = try home.store.beginWriteBack(of: origin, to: "d")
    try back.stage([
      id: [
        AnnotationDraft(itemID: id, label: "a", geometry: .rotatedBox(turned), origin: .model(origin), confidence: 1)
      ]
    ])
    try back.swap()
    let pair = try #require(try home.store.evaluate(model: "m", on: "d", threshold: 0.3).matching.pairs.first)
    // The upper half; pycocotools' grid may take one row of pixels more or less.
    #expect(abs(pair.geometryScore - 0.5) < 0.11)
  }
}
