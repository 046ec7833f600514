// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Synchronization
import Testing
import Workers

@Suite struct BackendTests {
  /// A backend that answers with the first label, as the worker protocol's page has it.
  static let firstLabel = """
    import json, struct
    import galley

    class FirstLabel(galley.Backend):
        "Answers with the first label."
        id = "first-label"
        licence = "Apache-2.0"
        abilities = [
            {"verbs": ["train"], "tasks": ["classification"], "forms": ["architecture"]},
            {"verbs": ["predict"], "tasks": ["classification"], "forms": ["checkpoint", "onnx"]}]
        architectures = [{
            "taxonomy": "model.classification.constant", "version": "1.0.0", "summary": "One answer for all.",
            "options": []}]

        def predict(self, request, report):
            items = json.load(open(request["data"]["path"]))["items"]
            scores = [1.0] + [0.0] * (len(request["labels"]) - 1)
            best = {"label": request["labels"][0], "index": 0, "probability": 1.0}
            path = request["folder"] + "/predictions.jsonl"
            with open(path, "w") as file:
                for item in items:
                    if item["id"] == "bad":
                        answer = report.item("bad", reason="it is bad")
                    else:
                        answer = report.item(item["id"], [best], scores)
                    file.write(json.dumps(answer) + "\\n")
            report.file("predictions", path)
            report.note("done")
            return {"items": len(items)}
    """

  private func backend(_ bench: Workbench) async throws -> WorkerBackend {
    try bench.write(Self.firstLabel, "first.py")
    let worker = try await WorkerRegister(home: bench.home).add(bench.program("first.py"))
    return try #require(WorkerBackend(worker))
  }

  /// A checkpoint without tensors.
  private func writeCheckpoint(_ metadata: [String: String], _ bench: Workbench) throws -> ModelReference {
    let header = try JSONEncoder().encode(["__metadata__": metadata])
    let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
    let path = "\(bench.folder)/checkpoint.safetensors"
    try (length + header).write(to: URL(filePath: path))
    return .checkpoint(path)
  }

  @Test func takesWhatItIsFor() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    let backend = try await backend(bench)
    #expect(backend.descriptor.id == "first-label" && backend.architectures.map(\.name) == ["constant"])
    func takes(_ verb: EngineVerb, _ model: ModelReference, _ task: EngineTask = .classification) -> Bool {
      if case .yes = backend.match(verb, model, task: task) { true } else { false }
    }
    #expect(takes(.train, .architecture(IngredientChoice("constant"))))
    #expect(!takes(.train, .architecture(IngredientChoice("resnet-18"))))
    #expect(!takes(.train, .architecture(IngredientChoice("constant")), .detection))
    #expect(!takes(.bench, .architecture(IngredientChoice("constant"))))
    let own = try writeCheckpoint(
      [
        "format": "galley.checkpoint/1", "backend": "first-label", "task": "classification", "labels": "[\"a\", \"b\"]",
        "preprocessing": "{\"layout\": \"nchw\", \"scale\": 1, \"mean\": [0], \"deviation\": [1]}",
      ], bench)
    #expect(takes(.predict, own))
    #expect(try backend.meaning(of: own)?.labels == ["a", "b"])
    let other = try writeCheckpoint(["format": "galley.checkpoint/1"], bench)
    #expect(!takes(.predict, other))
    #expect(try backend.meaning(of: other) == nil)
    let damaged = try writeCheckpoint(["backend": "first-label", "task": "classification"], bench)
    #expect(#expect(throws: GalleyError.self) { try backend.meaning(of: damaged) }?.exitCode == .badData)
  }

  @Test func tellsOfEveryItem() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    let backend = try await backend(bench)
    let items = (["bad"] + (0..<1200).map { "i\($0)" }).map { ["id": $0] }
    let listing = try JSONSerialization.data(withJSONObject: ["items": items])
    try listing.write(to: URL(filePath: "\(bench.folder)/items.json"))
    let request = VerbRequest(
      .predict(PredictOptions()), model: try writeCheckpoint(["backend": "first-label"], bench),
      data: .listing(path: "\(bench.folder)/items.json", digest: Digest(of: listing)), task: .classification,
      preprocessing: Preprocessing(scale: 1), labels: ["a", "b"], folder: bench.folder)
    let told = Mutex<[String]>([])
    let result = try await backend.run(
      request,
      events: EventSink { event in
        if case .item(let item) = event { told.withLock { $0.append(item.id) } }
      })
    #expect(told.withLock { $0 } == items.compactMap { $0["id"] })
    #expect(result.status == .partial && result.itemCounts.ok == 1200 && result.itemCounts.failed == 1)
    #expect(result.figures == ["items": 1201] && result.notes == ["done"])
    let file = try #require(result.files["predictions"])
    #expect(try Digest(ofFileAt: file.path) == file.digest)
  }
}
