// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Glibc
import Platform
import Serving

/// A server over a small store, for tests that speak to it from outside.
///
///     serving-fixture HOME [WORDS…]   makes the store in HOME if there is none, says "port N" and "token T", and serves
///                                     until it is told to end (SIGTERM) or standard input ends
///
/// Words: `brief` waits a second at most for bodies and idle connections, and takes small ones; `workless` does no jobs.
@main
struct ServingFixture {
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    do {
      try await run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      print("error: \(error)")
      exit((error as? GalleyError)?.exitCode.rawValue ?? 70)
    }
  }

  private static func run(_ words: [String]) async throws {
    guard let home = words.first else { exit(64) }
    let store = try PlatformStore.open(PlatformPlace(home: home, environment: [:]))
    if try store.projects().isEmpty { try SampleStore.fill(store) }
    let (token, _) = try AccessToken.file("\(home)/serve.token")
    let secret = try String(contentsOfFile: "\(home)/serve.token", encoding: .utf8)
    let socket = try ListeningSocket.open(host: "127.0.0.1", port: 0)
    var settings = ServerSettings()
    if words.contains("brief") {
      settings.documentTime = 1
      settings.idleTime = 1
      settings.documentLimit = 64 << 10
      settings.uploadLimit = 256 << 10
      settings.jobLimit = 2
    }
    print("port \(socket.port)")
    print("token \(secret.trimmingCharacters(in: .whitespacesAndNewlines))")
    fflush(nil)
    let server = PlatformServer(
      store: store, token: token, work: words.contains("workless") ? nil : SampleWork(), settings: settings
    ) { event in
      guard let line = line(event) else { return }
      FileHandle.standardError.write(Data("\(line)\n".utf8))
    }
    let serving = Task { try await server.run(on: socket) }
    signal(SIGTERM, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
    source.setEventHandler { serving.cancel() }
    source.resume()
    if words.contains("attached") {
      Thread.detachNewThread {
        while readLine() != nil {}
        serving.cancel()
      }
    }
    try await serving.value
    print("ended")
  }
}

/// What is worth saying of an event.
private func line(_ event: ServerEvent) -> String? {
  switch event {
  case .answered(let id, let method, let path, let status, _, let reason):
    status >= 500 ? "\(id) \(method) \(path) \(status) \(reason ?? "")" : nil
  case .brokenOff(let id, let method, let path, let status, _, let reason, let isCallers):
    isCallers ? nil : "\(id) \(method) \(path) \(status) broke off: \(reason)"
  case .failed(let reason): "no more connections: \(reason)"
  case .abandoned(let requests, let jobs): "abandoned \(requests) \(jobs)"
  case .ending: nil
  }
}

/// What the store begins with.
enum SampleStore {
  static func fill(_ store: PlatformStore) throws {
    try store.createProject("default")
    let dataset = try store.createDataset("cats", labels: [DatasetClass("cat"), DatasetClass("dog")])
    let drafts = (0..<20).map {
      ItemDraft(path: "/\($0 % 2 == 0 ? "even" : "odd")/\($0).txt", content: .bytes(Data("item \($0)".utf8)))
    }
    let items = try store.addItems(drafts, to: dataset.id).compactMap(\.id)
    try store.addAnnotations(
      items.map {
        AnnotationDraft(
          itemID: $0, label: "cat", geometry: .box(Box(x: 1, y: 2, width: 3, height: 4)), origin: .person("ada"))
      })
    let model = try store.createModel("net", in: "default", status: .preTrained)
    let origin = ModelOrigin(id: model.id, version: "1", name: "net", run: "first")
    let back = try store.beginWriteBack(of: origin, to: dataset.id)
    try back.stage(
      Dictionary(
        uniqueKeysWithValues: items.prefix(5).map { item in
          (
            item,
            [
              AnnotationDraft(
                itemID: item, label: "cat", geometry: .box(Box(x: 1, y: 2, width: 3, height: 4)),
                origin: .model(origin), confidence: 0.5)
            ]
          )
        }))
    try back.swap()
  }
}

/// Jobs that do nothing but say that they do. Options: `seconds` for each item, `fail` for all of it, `failing` items.
struct SampleWork: ModelWork {
  func check(_ request: ModelWorkRequest, in store: PlatformStore) throws(GalleyError) {
    for name in request.options.values.keys.sorted() where !["seconds", "fail", "failing"].contains(name) {
      throw GalleyError(
        .usage, "can't start the job", at: "options.\(name)", why: "there is no such option",
        remedy: "There is seconds, fail, failing.")
    }
  }

  func perform(
    _ request: ModelWorkRequest, in store: PlatformStore, report: @escaping @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject {
    let options = request.options.values
    if options["fail"] == .bool(true) {
      throw GalleyError(
        .badData, "can't \(request.kind.rawValue)", at: "model \(request.modelID)", why: "it was told to fail")
    }
    var failing = 0
    if case .int(let count)? = options["failing"] { failing = count }
    let filters = request.filters ?? Filters(.items)
    let items = try store.allItems(filters, in: request.datasetID)
    for (index, item) in items.enumerated() {
      if case .float(let seconds)? = options["seconds"] { try await Task.sleep(for: .seconds(seconds)) }
      try Task.checkCancellation()
      report(.progress(ModelWorkProgress(stage: "working", completed: index + 1, total: items.count)))
      report(
        .item(
          id: item.id,
          index < failing ? .failed(stage: "predict", reason: "it was told to fail") : .done(count: 1)))
    }
    return JSONObject(["items": .int(items.count)])
  }
}
