// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Foundation
import Galley
import Images
import PeerSupport
import Testing

/// Python with `openvino-model-api`, in `.peers` or in the virtual environment that `GALLEY_MODELAPI_PEERS` names.
private enum ModelAPI {
  private static let python = PeerPython(orNamedBy: "GALLEY_MODELAPI_PEERS")
  static let absence: Comment = "there is no openvino-model-api in .peers; Native/peers.sh installs it"
  static let isHere = python.finds("model_api", "cv2", "openvino")

  struct Answers: Decodable {
    struct Answer: Decodable {
      var labels: [String]
      var scores: [Float]
      var raw: [Float]
    }
    var model: String
    var labels: [String]
    var answers: [Answer]
  }

  /// Draws PNG images.
  static func draw(_ count: Int, _ size: (width: Int, height: Int), in folder: String) throws {
    _ = try python.run(script: script, ["draw", folder, "\(count)", "\(size.width)", "\(size.height)"])
  }

  /// What ModelAPI makes of images with a model.
  static func answer(_ model: String, _ images: [String]) throws -> Answers {
    try python.ask("modelapi_peer.py", ["answer", model] + images)
  }

  private static let script = "Tests/Peers/modelapi_peer.py"
}

@Suite("ModelAPI runs packages unchanged", .enabled(if: ModelAPI.isHere, ModelAPI.absence))
struct ModelAPIPeerTests {
  /// Packages a network and compares what ModelAPI and Galley make of PNG images.
  /// - Parameter size: Width and height of the images.
  /// - Returns: the largest difference of a probability.
  private func difference(
    _ preprocessing: Preprocessing, size: (width: Int, height: Int), task: EngineTask = .classification,
    _ change: (inout ExportOptions) -> Void = { _ in }
  ) async throws -> Float {
    let data = try BackendData()
    let trained = try Trained.make(data, { $0.task = task }, preprocessing: preprocessing)
    let package = "\(data.folder)/package"
    var options = ExportOptions()
    change(&options)
    _ = try await ExportPackage(trained, options: options, data: data.listing).write(to: package)
    let pictures = "\(data.folder)/pictures"
    try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
    try ModelAPI.draw(12, size, in: pictures)
    let found = try PredictionInputs(
      [pictures], task: task, labels: BackendData.labels, unpackingInto: package
    ).listing
    let listing = "\(data.folder)/pictures.json"
    let card = try JSONDecoder().decode(
      ModelCard.self, from: Data(contentsOf: URL(filePath: "\(package)/model.card.json")))
    var predict = PredictOptions()
    if task == .classification { predict.topK = 3 }
    var request = try data.request(
      .predict(predict), .listing(path: listing, digest: try found.write(to: listing)), task: task)
    request.model = .file(try ModelFile(at: "\(package)/model.onnx", format: .onnx), card)
    request.preprocessing = card.preprocessing
    let result = try await RuntimeBackend(.onnxRuntime).run(request, events: EventSink { _ in })
    let lines = try String(contentsOfFile: try #require(result.files["predictions"]).path, encoding: .utf8)
    let own = try lines.split(separator: "\n").map {
      try JSONDecoder().decode(ItemResult.self, from: Data($0.utf8))
    }
    let theirs = try ModelAPI.answer("\(package)/model.onnx", found.items.map(\.file))
    #expect(theirs.model == "ClassificationModel")
    #expect(theirs.labels == card.modelAPILabels)
    return try compare(own, theirs, task)
  }

  private func compare(_ own: [ItemResult], _ theirs: ModelAPI.Answers, _ task: EngineTask) throws -> Float {
    try #require(own.count == theirs.answers.count)
    var largest: Float = 0
    for (mine, other) in zip(own, theirs.answers) {
      guard case .ok(let answer) = mine.outcome else { throw ColourScorer.Mischief.refused }
      try #require(other.raw.count == answer.probabilities.count)
      for (a, b) in zip(answer.probabilities, other.raw) { largest = max(largest, abs(a - b)) }
      if task == .classification {
        #expect(other.labels.first == theirs.labels[try #require(answer.classes.first).index])
      } else {
        #expect(Set(other.labels) == Set(answer.classes.map { theirs.labels[$0.index] }))
      }
    }
    return largest
  }

  /// Without antialiasing, as ModelAPI resizes.
  private var plain: Preprocessing {
    var preprocessing = BackendData.preprocessing
    preprocessing.fit = ImageFit(
      size: Images.PixelSize(width: 8, height: 8), antialias: false, arithmetic: .torch)
    return preprocessing
  }

  @Test(arguments: [ExportOptions.PreprocessingPlace.card, .graph])
  func `it gives the same probabilities on images of the input's size`(place: ExportOptions.PreprocessingPlace)
    async throws
  {
    let largest = try await difference(BackendData.preprocessing, size: (8, 8)) { $0.preprocessing = place }
    #expect(largest < 1e-5)
  }

  @Test(arguments: [ExportOptions.PreprocessingPlace.card, .graph])
  func `it gives the same but for rounding on images that it resizes`(place: ExportOptions.PreprocessingPlace)
    async throws
  {
    let largest = try await difference(plain, size: (37, 23)) { $0.preprocessing = place }
    // One of 255 in every pixel moves a score by 2 / 255 / 0.25 at most.
    #expect(largest < 0.03)
  }

  @Test func `it chooses the same classes in a multi-label package`() async throws {
    #expect(try await difference(BackendData.preprocessing, size: (8, 8), task: .multiLabelClassification) < 1e-5)
  }
}
