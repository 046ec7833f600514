// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Tensors
import Testing

/// What travels between processes and languages is plain JSON.
@Suite struct EngineCodingTests {
  private func text(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  private static let events: [(EngineEvent, String)] = [
    (.started(.train, total: 3, unit: "steps"), #"{"event":"started","total":3,"unit":"steps","verb":"train"}"#),
    (
      .step(StepReport(epoch: 1, step: 2, total: 3, loss: 0.5, learningRate: 0.25)),
      #"{"epoch":1,"event":"step","learningRate":0.25,"loss":0.5,"step":2,"total":3}"#
    ),
    (
      .epoch(
        EpochReport(
          epoch: 1, step: 2, trainingLoss: 0.5, validationLoss: nil, metrics: [:], learningRate: 0.25, seconds: 2,
          isBest: false)),
      #"{"epoch":1,"event":"epoch","isBest":false,"learningRate":0.25,"metrics":{},"seconds":2,"step":2,"trainingLoss":0.5}"#
    ),
    (.metric(name: "accuracy", value: 1, step: nil), #"{"event":"metric","name":"accuracy","value":1}"#),
    (
      .checkpoint(CheckpointReport(kind: .best, path: "/a", epoch: 1, step: 2)),
      #"{"epoch":1,"event":"checkpoint","kind":"best","path":"/a","step":2}"#
    ),
    (
      .item(ItemResult(id: "a", .failed(stage: .load, reason: "b"))),
      #"{"event":"item","id":"a","reason":"b","stage":"load","status":"failed"}"#
    ),
    (
      .item(
        ItemResult(
          id: "a",
          .ok(.init(classes: [.init(label: "cat", index: 1, probability: 0.75)], probabilities: [0.25, 0.75])))),
      #"{"classes":[{"index":1,"label":"cat","probability":0.75}],"event":"item","id":"a","#
        + #""probabilities":[0.25,0.75],"status":"ok"}"#
    ),
    (
      .item(ItemResult(id: "a", .skipped(reason: "b"))),
      #"{"event":"item","id":"a","reason":"b","status":"skipped"}"#
    ),
    (.warning("a"), #"{"event":"warning","message":"a"}"#),
    (.finished(.partial), #"{"event":"finished","status":"partial"}"#),
  ]

  @Test(arguments: events) func eventsAreFlatObjects(event: EngineEvent, json: String) throws {
    #expect(try text(event) == json)
    #expect(try JSONDecoder().decode(EngineEvent.self, from: Data(json.utf8)) == event)
  }

  @Test func requestsComeBackEqual() throws {
    let digest = Digest(of: Data("a".utf8))
    let works: [VerbRequest.Work] = [
      .train(TrainOptions()), .validate(EvaluateOptions()), .test(EvaluateOptions()), .predict(PredictOptions()),
      .export(ExportOptions()), .bench(BenchOptions()),
    ]
    let spec = TensorSpec(name: "a", elementType: .float32, shape: [nil, 1])
    let models: [ModelReference] = [
      .architecture(IngredientChoice("small", options: ["width": 4])), .checkpoint("/c"),
      .file(
        ModelFile(path: "/m", format: .onnx, digest: digest, byteCount: 1),
        ModelCard(input: spec, output: spec, scores: .logits, preprocessing: Preprocessing(scale: 1), labels: ["a"])),
    ]
    for work in works {
      for model in models {
        let request = VerbRequest(
          work, model: model, data: .listing(path: "/d", digest: digest), task: .classification,
          preprocessing: Preprocessing(scale: 1), labels: ["a"], folder: "/f")
        let json = try text(request)
        #expect(json.contains(#""verb":"\#(work.verb.rawValue)""#))
        #expect(try JSONDecoder().decode(VerbRequest.self, from: Data(json.utf8)) == request)
      }
    }
    #expect(
      try text(DataReference.prepared(path: "/d", digest: digest))
        == #"{"digest":"\#(digest.hex)","form":"prepared","path":"/d"}"#)
    #expect(
      try text(models[0]) == #"{"form":"architecture","name":"small","options":{"width":4}}"#)
  }

  @Test func descriptorsHaveVerbsAsKeys() throws {
    let descriptor = BackendDescriptor(
      id: "a", version: SemanticVersion(1, 0, 0), summary: "", licence: "MIT", requirements: [],
      abilities: [.init(verbs: [.train], tasks: [.classification], forms: [.architecture, .file(.onnx)])],
      options: [.train: []], refusals: [.train: ["mixup": "no"]])
    let json = try text(descriptor)
    #expect(json.contains(#""refusals":{"train":{"mixup":"no"}}"#))
    #expect(json.contains(#""onnx""#))
    #expect(try JSONDecoder().decode(BackendDescriptor.self, from: Data(json.utf8)) == descriptor)
  }
}
