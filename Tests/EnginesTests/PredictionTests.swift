// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Engines
import Foundation
import Galley
import Synchronization
import Testing

@Suite struct PredictionTests {
  private let folder: TemporaryFolder
  private let listing: ItemListing
  private static let meaning = ModelMeaning(
    task: .classification, labels: ["a", "b"], preprocessing: Preprocessing(scale: 1 / 255))

  init() throws {
    folder = try TemporaryFolder()
    listing = try ItemListing(
      task: .classification, root: "/", labels: [],
      items: (0..<5).map { .init(id: "item\($0)", file: "/nowhere/\($0).png", subset: nil, classes: []) })
  }

  private func engine(_ script: @escaping ScriptedBackend.Script) throws -> Engine {
    try Engine(
      model: .checkpoint(checkpoint()), data: nil, workspace: EngineWorkspace(folder.path + "/work"),
      backends: BackendRegistry([ScriptedBackend("scripted", known: Self.meaning, script: script)]))
  }

  private func checkpoint() throws -> String {
    try folder.write(Data("weights".utf8), "best.safetensors")
    return "\(folder.path)/best.safetensors"
  }

  private static func ok(_ id: String) -> EngineEvent {
    .item(
      ItemResult(
        id: id,
        .ok(.init(classes: [.init(label: "a", index: 0, probability: 0.75)], probabilities: [0.75, 0.25]))))
  }

  private func results(_ engine: Engine) async throws -> ([ItemResult], EngineRun?) {
    let run = Mutex<EngineRun?>(nil)
    var results: [ItemResult] = []
    for try await result in try engine.predict(
      listing, ChosenOptions(), onEnd: { ended in run.withLock { $0 = ended } })
    {
      results.append(result)
    }
    return (results, run.withLock { $0 })
  }

  @Test func everyItemComesOutOnce() async throws {
    let engine = try engine { request, events in
      let listing = try ItemListing(contentsOf: request.data.path)
      for item in listing.items.reversed() { events.send(Self.ok(item.id)) }
      return VerbResult(status: .succeeded)
    }
    let (results, run) = try await results(engine)
    #expect(Set(results.map(\.id)) == Set(listing.items.map(\.id)) && results.count == 5)
    #expect(run?.manifest.status == .succeeded && run?.manifest.itemCounts.ok == 5)
    #expect(run?.plan.labels == ["a", "b"])
  }

  @Test func itemsThatTheBackendForgetsFailByName() async throws {
    let engine = try engine { _, events in
      for id in ["item0", "item1", "item3", "item4"] { events.send(Self.ok(id)) }
      return VerbResult(status: .succeeded)
    }
    let (results, run) = try await results(engine)
    #expect(results.count == 5)
    let forgotten = try #require(results.first { $0.id == "item2" })
    guard case .failed(_, let reason) = forgotten.outcome else { throw TestFailure() }
    #expect(reason.contains("no answer"))
    #expect(run?.manifest.status == .partial && run?.manifest.itemCounts == .init(ok: 4, failed: 1))
  }

  @Test(arguments: [["item0", "item0"], ["item0", "stranger"]])
  func answersThatBelongToNoItemFailTheRun(ids: [String]) async throws {
    let engine = try engine { _, events in
      for id in ids { events.send(Self.ok(id)) }
      return VerbResult(status: .succeeded)
    }
    let error = try await #require(throws: GalleyError.self) { _ = try await results(engine) }
    #expect(error.place == ids.last)
    #expect(engine.workspace.runs().first?.status == .failed)
  }

  @Test func whoeverStopsReadingStopsTheWork() async throws {
    let engine = try engine { _, events in
      events.send(Self.ok("item0"))
      try await Task.sleep(for: .seconds(600))
      return VerbResult(status: .succeeded)
    }
    let events = engine.events
    for try await _ in try engine.predict(listing, ChosenOptions()) { break }
    for await event in events { if case .finished(let status) = event { #expect(status == .cancelled); break } }
  }
}
