// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Foundation
import Galley
import ONNX
import Tensors
import Testing

@Suite(.enabled(if: !RuntimeBackendConformanceTests.kinds.isEmpty))
struct ExportPackageTests {
  private let data: BackendData
  private var folder: String { "\(data.folder)/package" }

  init() throws { data = try BackendData() }

  /// A network as a trainer writes it, with what it made of the validation items.
  private func trained(
    _ change: (inout ModelCard) -> Void = { _ in }, task: EngineTask = .classification
  ) throws -> ExportPackage.Trained {
    try Trained.make(data, change, task: task)
  }

  private func export(
    _ trained: ExportPackage.Trained, _ change: (inout ExportOptions) -> Void = { _ in }
  ) async throws -> VerbResult {
    var options = ExportOptions()
    change(&options)
    return try await ExportPackage(trained, options: options, data: data.listing).write(to: folder)
  }

  private func certificate() throws -> ExportCertificate {
    try JSONDecoder().decode(
      ExportCertificate.self, from: Data(contentsOf: URL(filePath: "\(folder)/certificate.json")))
  }

  private func card() throws -> ModelCard {
    try JSONDecoder().decode(ModelCard.self, from: Data(contentsOf: URL(filePath: "\(folder)/model.card.json")))
  }

  private var written: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  @Test func `a package is a model, its card and the proof`() async throws {
    let result = try await export(trained())
    #expect(try written == ["certificate.json", "model.card.json", "model.onnx"])
    #expect(Set(result.files.keys) == ["certificate", "card", "model"])
    let proof = try certificate()
    #expect(proof.refusal == nil && proof.sampleCount == 6 && proof.agreement == 6 && proof.subset == .validation)
    #expect(proof.input?.maximum == 0)
    #expect(proof.maximumDifference < 1e-5)
    #expect(proof.model == result.files["model"]?.digest)
    let model = try Model(contentsOf: URL(filePath: "\(folder)/model.onnx"))
    #expect(model.metadata["model_info model_type"] == "Classification")
    #expect(model.metadata["model_info labels"] == "red dark_green \"blau\",_紫_und_,mehr")
    #expect(try card().modelAPILabels == ["red", "dark_green", "\"blau\",_紫_und_,mehr"])
    #expect(try card().labels == BackendData.labels)
    #expect(model.metadata["model_info mean_values"] == "127.5 127.5 127.5")
    #expect(model.metadata["model_info scale_values"] == "63.75 63.75 63.75")
    #expect(model.metadata["model_info reverse_input_channels"] == "True")
    #expect(proof.notes?.contains { $0.contains("antialias") } == true)
  }

  @Test(arguments: ["onnxruntime", "openvino"], [true, false])
  func `with the preprocessing in the graph the answers stay, on pixels`(runtime: String, isDynamic: Bool) async throws
  {
    let kind = try #require(RuntimeBackend.Kind(rawValue: runtime))
    try #require(RuntimeBackendConformanceTests.kinds.contains(kind))
    _ = try await export(trained()) { options in
      options.preprocessing = .graph
      options.dynamicBatch = isDynamic
    }
    let (card, proof) = (try card(), try certificate())
    #expect(card.input.elementType == .uint8 && card.input.shape == [isDynamic ? nil : 1, 8, 8, 3])
    #expect(card.preprocessing.scale == 1 && card.preprocessing.layout == .nhwc)
    #expect(try #require(proof.input).maximum < 1e-5)
    #expect(proof.agreement == 6)
    let file = try ModelFile(at: "\(folder)/model.onnx", format: .onnx)
    var options = EvaluateOptions()
    options.batchSize = 4
    options.resamples = 0
    var figures: [[String: Double]] = []
    let plain = try ColourModel.make(in: data.folder)
    for (file, card) in [(file, card), plain] {
      var request = try data.request(.test(options), data.listing)
      request.model = .file(file, card)
      request.preprocessing = card.preprocessing
      figures.append(try await RuntimeBackend(kind).run(request, events: EventSink { _ in }).figures)
    }
    #expect(figures[0].keys == figures[1].keys)
    for (name, value) in figures[0] { #expect(abs(value - (figures[1][name] ?? .nan)) < 1e-4, "\(name)") }
  }

  @Test func `half precision is refused at the usual tolerance, and only the certificate is left`() async throws {
    let trained = try trained()
    let error = try await #require(throws: GalleyError.self) {
      try await export(trained) { options in
        options.precision = .fp16
        options.tolerance = 1e-6
      }
    }
    #expect(error.exitCode == .verdictNo)
    #expect(try written == ["certificate.json"])
    #expect(try #require(certificate().refusal).contains("scores differ by up to"))
    _ = try await export(trained) { options in
      options.precision = .fp16
      options.tolerance = 0.05
    }
    let (proof, model) = (try certificate(), try Model(contentsOf: URL(filePath: "\(folder)/model.onnx")))
    #expect(proof.refusal == nil && proof.maximumDifference > 0 && proof.agreement == 6)
    #expect(
      try model.inputs[0].elementType == .float32 && model.initializers().values.contains { $0.elementType == .float16 }
    )
  }

  @Test(arguments: ["mean", "colours", "scale"])
  func `a card that prepares items in another way than training did is refused`(what: String) async throws {
    let trained = try trained { card in
      switch what {
      case "mean": card.preprocessing.mean = [0.51]
      case "colours": card.preprocessing.colors = .bgr
      default: card.preprocessing.scale = 1 / 254
      }
    }
    let error = try await #require(throws: GalleyError.self) { try await export(trained) }
    #expect(error.exitCode == .verdictNo)
    #expect(try #require(certificate().input).maximum > 1e-3)
    #expect(try written == ["certificate.json"])
  }

  @Test func `another opset than the network's, and items that aren't there, are errors`() async throws {
    let trained = try trained()
    await #expect(throws: GalleyError.self) { try await export(trained) { $0.opset = 21 } }
    let few = try data.listing(of: data.items.filter { $0.subset == .train }, "few")
    let error = try await #require(throws: GalleyError.self) {
      try await ExportPackage(trained, options: ExportOptions(), data: few).write(to: folder)
    }
    #expect(error.why.contains("validation/图 0"))
  }

  @Test func `a multi-label package says so`() async throws {
    _ = try await export(trained({ $0.task = .multiLabelClassification }))
    let model = try Model(contentsOf: URL(filePath: "\(folder)/model.onnx"))
    #expect(model.metadata["model_info multilabel"] == "True")
    #expect(try card().task == .multiLabelClassification)
  }
}

/// A network as a trainer leaves it.
enum Trained {
  static func make(
    _ data: BackendData, _ change: (inout ModelCard) -> Void = { _ in }, task: EngineTask = .classification,
    preprocessing: Preprocessing = BackendData.preprocessing
  ) throws -> ExportPackage.Trained {
    let made = try ColourModel.make(in: data.folder, name: "trained")
    var card = made.card
    card.preprocessing = preprocessing
    change(&card)
    guard case .prepared(let path, _) = data.prepared else { throw ColourScorer.Mischief.refused }
    let items = try PreparedData(contentsOf: path).items(.validation)
    let inputs = try preprocessing.apply(to: items.inputs)
    let file = Safetensors(
      tensors: ["input": inputs, "logits": try ColourModel.scores(inputs)],
      metadata: [
        "format": "galley.reference-outputs/1", "subset": "validation", "checkpoint": "none",
        "ids": String(decoding: try JSONEncoder().encode(items.ids), as: UTF8.self),
      ])
    let reference = "\(data.folder)/reference.safetensors"
    try file.serialized().write(to: URL(filePath: reference))
    return ExportPackage.Trained(model: made.file.path, card: card, reference: reference)
  }
}

extension BackendData {
  /// A listing of some items.
  func listing(of items: [ItemListing.Item], _ name: String) throws -> DataReference {
    let path = "\(folder)/\(name).json"
    let listing = try ItemListing(task: .classification, root: folder, labels: Self.labels, items: items)
    return .listing(path: path, digest: try listing.write(to: path))
  }
}
