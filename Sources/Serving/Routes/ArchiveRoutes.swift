// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import Datasets
internal import Files
internal import Foundation
internal import Galley
internal import HTTPTypes
internal import Platform

/// Data sets in archives: any format that `galley data` reads, and what Dataloop's download makes.
enum ArchiveRoutes {
  private static let group = "exchange"
  private static let types = ["application/zip", "application/x-tar", "application/gzip", "application/octet-stream"]
  private static let written: [DatasetFormat] = [.imageFolders, .coco, .voc, .yolo, .darknet, .csv, .npz]
  private static let lossesHeader = HTTPField.Name("Galley-Losses") ?? .userAgent

  static let all: [Route] = [
    Route(
      method: .post, path: "/v1/datasets/{dataset}/import", name: "importArchive", group: group,
      summary: "Import items and annotations from a zip or tar archive.",
      query: [
        QueryParameter(
          "format", .words(["dataloop"] + DatasetFormat.allCases.map(\.rawValue)),
          "The format; without it, it is recognised."),
        ExchangeRoutes.replace,
      ], content: .bytes(types),
      outcomes: [.init(status: .ok, words: "What was imported.", answer: .json(.reference("ImportReport")))],
      failures: [(.conflict, "Several projects have a data set of that name.")], work: .blocking(importArchive)),
    Route(
      method: .get, path: "/v1/datasets/{dataset}/export", name: "exportArchive", group: group,
      summary: "Items and annotations in a zip archive.",
      query: [
        QueryParameter(
          "format", .words(["dataloop"] + written.map(\.rawValue)), "The format.", isRequired: true),
        ListParameters.where,
        QueryParameter(
          "predictions", .text(TextRule(1...512)),
          "The id of the model whose predictions take the place of ground truth."),
      ],
      outcomes: [
        .init(
          status: .ok, words: "The archive.", answer: .bytes("application/zip"),
          headers: [
            (
              "Galley-Losses", .text(TextRule(0...100_000)),
              "What the format can't say, percent-encoded, with commas between; empty if nothing is lost."
            )
          ])
      ], failures: [(.conflict, "Several projects have a data set of that name.")], work: .blocking(exportArchive)),
  ]

  private static func importArchive(_ call: Call) throws -> Reply {
    let dataset = try call.store.dataset(call.path("dataset"))
    guard let upload = call.upload else {
      throw GalleyError(.software, "can't import the data set", why: "the body is gone")
    }
    let names = SentNames(upload: upload)
    do {
      let tree = try FileTree(upload.path)
      try call.workspace.require(
        tree.paths.reduce(0) { $0 + (tree.byteCount($1) ?? 0) }, "can't import the data set")
      return call.text("format") == "dataloop"
        ? try importDataloop(tree, upload, into: dataset.id, call)
        : try importFiles(tree, upload, into: dataset.id, call)
    } catch let error as GalleyError {
      throw names.refusal(error)
    }
  }

  private static func importFiles(
    _ tree: FileTree, _ upload: UploadedFile, into dataset: String, _ call: Call
  ) throws -> Reply {
    let format = call.text("format").flatMap { DatasetFormat(rawValue: $0) }
    let read = try DatasetReader.read(tree, as: format).readingMasks()
    var report = try call.store.importDataset(
      read.dataset, into: dataset, source: "upload", replacing: call.flag("replace"))
    report.rejected += read.findings.filter { $0.severity == .error }
      .map { .init(place: $0.place, reason: $0.message) }
    var answer = ImportAnswer()
    answer.add(report, SentNames(upload: upload))
    return try Reply.json(answer)
  }

  private static func importDataloop(
    _ tree: FileTree, _ upload: UploadedFile, into dataset: String, _ call: Call
  ) throws -> Reply {
    let folder = try TemporaryFolder(in: call.workspace)
    let names = SentNames(folder: folder.path, upload: upload)
    do {
      try unpack(tree, into: folder.path)
      var answer = ImportAnswer()
      answer.add(
        try call.store.importDataloop(folder.path, into: dataset, replacing: call.flag("replace")), names)
      return try Reply.json(answer)
    } catch let error as GalleyError {
      throw names.refusal(error)
    }
  }

  private static func unpack(_ tree: FileTree, into folder: String) throws(GalleyError) {
    for path in tree.paths {
      do throws(FileError) {
        try AtomicFile.write(try content(tree, path), to: "\(folder)/\(path)", durably: false)
      } catch {
        throw GalleyError(writing: error, "can't unpack the archive")
      }
    }
  }

  private static func content(_ tree: FileTree, _ path: String) throws(FileError) -> Data {
    do {
      return try tree.read(path)
    } catch {
      throw FileError(.read, path, number: EIO)
    }
  }

  private static func exportArchive(_ call: Call) throws -> Reply {
    let dataset = try call.store.dataset(call.path("dataset"))
    var filters = Filters(.items)
    if let condition = call.text("where") { filters = try Filters(.items, where: condition) }
    let bytes = try ListParameters.listing { try call.store.allItems(filters, in: dataset.id) }
      .reduce(0) { $0 + $1.byteCount }
    // Once as files, once in the archive.
    try call.workspace.require(2 * bytes, what)
    let folder = try TemporaryFolder(in: call.workspace)
    do {
      let (archive, losses) = try write(dataset.id, filters, into: folder, call)
      return Reply(
        status: .ok,
        headers: [
          .contentType: "application/zip",
          .contentDisposition: "attachment; filename*=UTF-8''\(PercentCoding.encode(dataset.name)).zip",
          lossesHeader: losses.map { PercentCoding.encode($0.message) }.joined(separator: ","),
        ], body: .file(archive.path, 0..<archive.byteCount, keeping: folder))
    } catch let error as GalleyError {
      throw SentNames(folder: folder.path).told(error)
    }
  }

  private static func write(
    _ dataset: String, _ filters: Filters, into folder: TemporaryFolder, _ call: Call
  ) throws -> (archive: (path: String, byteCount: Int), losses: [DatasetLoss]) {
    let (data, archive) = ("\(folder.path)/data", "\(folder.path)/archive.zip")
    let model = call.text("predictions")
    var losses: [DatasetLoss] = []
    if let format = DatasetFormat(rawValue: call.text("format") ?? "") {
      let annotated = try call.store.annotatedDataset(dataset, filters, predictionsOf: model)
      losses = try DatasetWriter.write(annotated, as: format, to: data)
    } else {
      _ = try call.store.exportDataloop(
        dataset, filters, model.map { .predictions(model: $0) } ?? .truth, durably: false, to: data)
    }
    let count = try ArchiveFile.pack(data, into: archive)
    try? FileManager.default.removeItem(atPath: data)
    return ((archive, count), losses)
  }

  private static let what = "can't export the data set"
}
