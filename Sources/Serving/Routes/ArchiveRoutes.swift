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
      summary: "Items and annotations in a zip archive, up to 2 GB.",
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
    let format = call.text("format")
    let replacing = call.flag("replace")
    do throws(GalleyError) {
      if format == "dataloop" {
        let folder = try TemporaryFolder(in: call.store.place.store)
        try unpack(FileTree(upload.path), into: folder.path)
        return try reply(call.store.importDataloop(folder.path, into: dataset.id, replacing: replacing))
      }
      let read = try DatasetReader.read(upload.path, as: format.flatMap { DatasetFormat(rawValue: $0) }).readingMasks()
      var report = try call.store.importDataset(read.dataset, into: dataset.id, source: "upload")
      report.rejected += read.findings.filter { $0.severity == .error }
        .map { .init(place: $0.place, reason: $0.message) }
      return try reply(report)
    } catch {
      // What is wrong with the archive is the caller's; its place here says nothing.
      guard [.badData, .usage, .missingInput].contains(error.exitCode) else { throw error }
      throw RequestFailure(
        .unprocessableContent, error.what, at: "body", why: error.why, remedy: error.remedy, code: .badData)
    }
  }

  private static func reply(_ report: ImportReport) throws(GalleyError) -> Reply {
    do {
      return try Reply.json(report)
    } catch {
      throw GalleyError(.software, "can't answer the request", why: "\(error)")
    }
  }

  private static func unpack(_ tree: FileTree, into folder: String) throws(GalleyError) {
    for path in tree.paths {
      do throws(FileError) {
        try AtomicFile.write(try content(tree, path), to: "\(folder)/\(path)")
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
    let folder = try TemporaryFolder(in: call.store.place.store)
    let target = "\(folder.path)/data"
    let model = call.text("predictions")
    let bytes = try ListParameters.listing { try call.store.allItems(filters, in: dataset.id) }
      .reduce(0) { $0 + $1.byteCount }
    guard bytes < 2 << 30 else {
      throw RequestFailure(
        .unprocessableContent, "can't export the data set", why: "its items have \(bytes) bytes",
        remedy: "Ask for fewer with 'where', or use galley dataset export.")
    }
    var losses: [DatasetLoss] = []
    if let format = DatasetFormat(rawValue: call.text("format") ?? "") {
      let annotated = try call.store.annotatedDataset(dataset.id, filters, predictionsOf: model)
      losses = try DatasetWriter.write(annotated, as: format, to: target)
    } else {
      _ = try call.store.exportDataloop(
        dataset.id, filters, model.map { .predictions(model: $0) } ?? .truth, to: target)
    }
    return Reply(
      status: .ok,
      headers: [
        .contentType: "application/zip",
        .contentDisposition: "attachment; filename*=UTF-8''\(PercentCoding.encode(dataset.name)).zip",
        lossesHeader: losses.map { PercentCoding.encode($0.message) }.joined(separator: ","),
      ], body: .bytes(try pack(target)))
  }

  private static func pack(_ folder: String) throws -> Data {
    var archive = ZipWriter()
    let paths = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
    for path in paths {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(folder)/\(path)", isDirectory: &isFolder), !isFolder.boolValue,
        let data = FileManager.default.contents(atPath: "\(folder)/\(path)")
      else { continue }
      do {
        try archive.append(path, [UInt8](data))
      } catch {
        throw GalleyError(.badData, "can't export the data set", at: path, why: "\(error)")
      }
    }
    return Data(archive.finished())
  }
}

/// A folder that is removed with this value.
private final class TemporaryFolder: Sendable {
  let path: String

  init(in folder: String) throws(GalleyError) {
    path = "\(folder)/.work-\(UUID().uuidString)"
    do throws(FileError) {
      try AtomicFile.createFolder(path)
    } catch {
      throw GalleyError(writing: error, "can't work on the archive")
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
