// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Platform

/// What comes from and goes to other programs: Dataloop's annotation JSON, and data sets in archives.
enum ExchangeRoutes {
  private static let group = "exchange"
  private static let ofItem = "\(ItemRoutes.place)/dataloop"
  private static let ofDataset = "/v1/datasets/{dataset}/dataloop"
  private static let lines = "application/x-ndjson"

  static let all: [Route] =
    [
      Route(
        method: .get, path: ofItem, name: "exportItem", group: group,
        summary: "An item with its annotations as Dataloop's JSON.",
        query: [QueryParameter("predictions", .flag, "Whether predictions are in it too; each names its model.")],
        outcomes: [.init(status: .ok, words: "Dataloop's document.", answer: .json(.object))],
        work: .blocking { call in
          let item = try call.store.item(ItemRoutes.id(call))
          let data = try call.store.dataloopDocument(of: item, call.flag("predictions") ? .everything : .truth)
          return Reply(status: .ok, headers: [.contentType: "application/json"], body: .bytes(data))
        }),
      .changing(
        by: .post, ofItem, "importItemAnnotations", group,
        "Import Dataloop's JSON for an item: an object with 'annotations', or a list of them.",
        query: [replace], .json(.choice([.object, .list(.anything, count: 0...Int.max)])), .reference("ImportReport")
      ) { call in
        let item = try call.store.item(ItemRoutes.id(call))
        var answer = ImportAnswer()
        answer.add(
          try call.store.importAnnotations(
            call.bytes, named: "request", into: item.datasetID, item: item.id, replacing: call.flag("replace")))
        return answer
      },
      Route(
        method: .get, path: ofDataset, name: "exportAnnotations", group: group,
        summary: "The items of a data set with their annotations: a line of Dataloop's JSON for each.",
        query: [
          ListParameters.where,
          QueryParameter("predictions", .flag, "Whether predictions are in it too; each names its model."),
        ], outcomes: [.init(status: .ok, words: "Lines.", answer: .bytes(lines))],
        failures: [(.conflict, "Several projects have a data set of that name.")],
        work: .blocking { call in
          let dataset = try call.store.dataset(call.path("dataset"))
          let items = try ListParameters.listing {
            try call.store.allItems(ListParameters.filters(call, .items), in: dataset.id)
          }
          let lines = DocumentLines(items, call.store, call.flag("predictions") ? .everything : .truth)
          return Reply(status: .ok, headers: [.contentType: Self.lines], body: .portions { try lines.next() })
        }),
      Route(
        method: .post, path: ofDataset, name: "importAnnotations", group: group,
        summary: "Import lines of Dataloop's JSON for items that are there: 'filename' says which.",
        query: [replace], content: .bytes([lines]),
        outcomes: [.init(status: .ok, words: "What was imported.", answer: .json(.reference("ImportReport")))],
        failures: [(.conflict, "Several projects have a data set of that name.")], work: .blocking(importLines)),
    ] + ArchiveRoutes.all

  static let replace = QueryParameter(
    "replace", .flag, "Whether the items' former ground truth goes. Without it, it stays.")

  private static func importLines(_ call: Call) throws -> Reply {
    let dataset = try call.store.dataset(call.path("dataset"))
    guard let upload = call.upload else {
      throw GalleyError(.software, "can't import the annotations", why: "the body is gone")
    }
    var answer = ImportAnswer()
    var lines = try BodyLines(upload.path)
    var number = 0
    while let line = try lines.next() {
      number += 1
      if number % diskInterval == 1 { try call.workspace.require(0, "can't import the annotations") }
      switch line {
      case .tooLong: answer.reject("line \(number)", "it has more than \(BodyLines.limit) bytes")
      case .text(let bytes) where bytes.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }): break
      case .text(let bytes): try importLine(bytes, number, into: dataset.id, call, &answer)
      }
    }
    return try Reply.json(answer)
  }

  /// Lines after which the disk is looked at again.
  private static let diskInterval = 1000

  private static func importLine(
    _ line: Data, _ number: Int, into dataset: String, _ call: Call, _ answer: inout ImportAnswer
  ) throws(GalleyError) {
    do {
      answer.add(
        try call.store.importAnnotations(
          line, named: "line \(number)", into: dataset, replacing: call.flag("replace")))
    } catch {
      guard [.badData, .usage, .missingInput].contains(error.exitCode) else { throw error }
      answer.reject("line \(number)", error.why)
    }
  }
}
