// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Testing
import WorkerProtocol

/// The worker in Documentation/worker-protocol.md, taken out of the document and run.
struct DocumentedWorkerTests {
  struct Values: Encodable, Sendable { var values: [ConfigurationValue] }
  struct Sum: Decodable, Sendable { var sum: Int }

  static let document =
    #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    + "/Documentation/worker-protocol.md"

  static func block(_ language: String, _ position: Int = 0) throws -> String {
    let text = String(decoding: try Data(contentsOf: URL(filePath: document)), as: UTF8.self)
    let blocks = text.components(separatedBy: "```\(language)\n")
    let block = try #require(blocks.dropFirst(1 + position).first)
    return try #require(block.components(separatedBy: "```").first)
  }

  @Test func pythonWorkerOfTheDocumentServesThisClient() async throws {
    let worker = try await Fixture.startPython(try Self.block("python"))
    #expect(worker.description.name == "example")
    let reports = Collector<WorkerProgress>()
    let sum = try await worker.call(
      "sum", Values(values: [.int(1), .int(2), .int(39)]), returning: Sum.self, onProgress: { reports.add($0) })
    #expect(sum.sum == 42)
    #expect(reports.items.map(\.completed) == [1, 2, 3])
    let error = await Fixture.error {
      try await worker.call("sum", Values(values: [.string("x")]), returning: Sum.self)
    }
    #expect(error == GalleyError(.badData, "can't add", why: "'x' is no number"))
    await worker.stop()
  }

  @Test func exampleIsTrueToTheByte() async throws {
    let lines = try Self.block("").split(separator: "\n")
    let asked = lines.filter { $0.hasPrefix("→ ") }.map { $0.dropFirst(2) + "\n" }.joined()
    let expected = lines.filter { $0.hasPrefix("← ") }.map { $0.dropFirst(2) + "\n" }.joined()
    let outcome = try await Fixture.run(["python3", "-c", try Self.block("python")], input: asked)
    #expect(outcome == Fixture.Outcome(output: expected, exitCode: 0))
    let request = try OutgoingMessage.request(
      id: .number(1), method: StandardMethod.initialize, parameters: InitializeParameters())
    #expect(asked.hasPrefix(String(decoding: request, as: UTF8.self)))
  }

  @Test func pythonBackendOfTheDocumentAnswersItems() async throws {
    let worker = try await Fixture.startPython(try Self.block("python", 1))
    let backend = try #require(worker.description.backend)
    #expect(backend.id == "first-label")
    #expect(backend.objections(.predict, .checkpoint, .classification).isEmpty)
    #expect(backend.objections(.train, .checkpoint, .classification) == ["first-label can't train a checkpoint"])
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let items = (0..<1000).map { ItemListing.Item(id: "item-\($0)", file: "\($0).png", subset: nil, classes: []) }
    let listing = try ItemListing(task: .classification, root: "/", labels: ["cat", "dog"], items: items)
    let path = folder.appending(path: "items.json").path()
    let request = VerbRequest(
      .predict(PredictOptions()), model: .checkpoint("none"),
      data: .listing(path: path, digest: try listing.write(to: path)),
      task: .classification, preprocessing: Preprocessing(scale: 1), labels: ["cat", "dog"], folder: folder.path())
    let events = Collector<EngineEvent>()
    let result = try await worker.call(
      StandardMethod.run, request, returning: VerbResult.self, onEvent: { events.add($0) })
    #expect(result.itemCounts.ok == 1000)
    let answered = events.items.compactMap { if case .item(let item) = $0 { item.id } else { nil } }
    #expect(answered == items.map(\.id))
    #expect(result.files["predictions"]?.byteCount ?? 0 > 1000)
    await worker.stop()
  }

  @Test func eventsAreGathered() throws {
    let item = EngineEvent.item(ItemResult(id: "a", .skipped(reason: "b")))
    var messages = 0
    var batch = EventBatch()
    let now = ContinuousClock.now
    for _ in 0..<100_000 where batch.add(item, now: now) {
      messages += 1
      let count = batch.take(.number(1), now: now).events.count
      #expect(count <= EventBatch.limit)
    }
    #expect(messages <= 100_000 / EventBatch.limit + 1)
    let isDue = batch.add(.warning("c"), now: now)
    let last = batch.take(.number(1), now: now).events.last
    #expect(isDue)
    #expect(last == .warning("c"))
  }
}
