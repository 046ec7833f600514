// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Files
import Foundation
import Galley
import Testing

/// A backend that does its work and then spoils it.
private struct SpoilingBackend: Backend {
  enum Mischief: String, Sendable, CaseIterable { case swapsLines, dropsAnItem, claimsSuccess, improvesAccuracy }

  let inner = RuntimeBackend(.onnxRuntime)
  let mischief: Mischief

  var descriptor: BackendDescriptor { inner.descriptor }
  var architectures: [Card] { [] }
  func availability() -> Availability { inner.availability() }
  func match(_ verb: EngineVerb, _ model: ModelReference, task: EngineTask) -> BackendMatch {
    inner.match(verb, model, task: task)
  }

  func run(_ request: VerbRequest, events: EventSink) async throws -> VerbResult {
    var result = try await inner.run(request, events: events)
    if mischief == .claimsSuccess { result.status = .succeeded }
    if mischief == .improvesAccuracy { result.figures["accuracy"] = 1.5 }
    guard let path = result.files["predictions"]?.path, path.hasSuffix("jsonl") else { return result }
    var lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    if mischief == .swapsLines { lines.swapAt(0, 1) }
    if mischief == .dropsAnItem { lines.removeLast() }
    try AtomicFile.write(Data(lines.joined(separator: "\n").utf8), to: path)
    return result
  }
}

@Suite("The suite for backends", .enabled(if: RuntimeBackendConformanceTests.kinds.contains(.onnxRuntime)))
struct ConformanceSuiteTests {
  @Test(arguments: [
    (SpoilingBackend.Mischief.swapsLines, BackendCase.answersEveryItem), (.dropsAnItem, .answersEveryItem),
    (.claimsSuccess, .losesOnlyBadItems), (.improvesAccuracy, .judgesAsItAnswers), (.swapsLines, .leavesWholeFiles),
  ])
  fileprivate func `it finds a backend that spoils its work`(
    mischief: SpoilingBackend.Mischief, behaviour: BackendCase
  ) async throws {
    await #expect(throws: BackendFailure.self) {
      try await behaviour.check(
        BackendSubject(SpoilingBackend(mischief: mischief)) { data in
          let (file, card) = try ColourModel.make(in: data.folder)
          return .file(file, card)
        })
    }
  }
}
