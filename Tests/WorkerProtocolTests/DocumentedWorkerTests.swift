// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

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

  static func block(_ language: String) throws -> String {
    let text = String(decoding: try Data(contentsOf: URL(filePath: document)), as: UTF8.self)
    let blocks = text.components(separatedBy: "```\(language)\n")
    let block = try #require(blocks.dropFirst().first)
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
}
