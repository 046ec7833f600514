// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import ONNX
import Pantry
import Recipes
import Scenarios
import Tensors
import Testing

@Suite(.enabled(if: Kitchen.isUsable, "libraries or the galley program are missing: run make setup"))
struct ModelFileTests {
  private let variants = """
    variants:
      - {name: as it is}
      - {name: int8, set: {optimizer: int8}}
    """

  /// A classifier of one dense layer over flattened images.
  private func dense(
    input shape: [ONNX.Dimension] = ["items", 1, 8, 8], type: ElementType = .float32, classes: Int = 10,
    values: Int = 64, card: String? = nil
  ) throws -> Data {
    var graph = GraphBuilder()
    graph.addInput(name: "images", elementType: type, dimensions: shape)
    graph.addInitializer(
      "weights",
      try Tensor(
        (0..<values * classes).map { Float(($0 * 7) % 13) / 100 }, shape: [values, classes]))
    graph.addInitializer("shape", try Tensor([Int64(-1), Int64(values)], shape: [2]))
    graph.addNode("Reshape", inputs: ["images", "shape"], outputs: ["flat"])
    graph.addNode("MatMul", inputs: ["flat", "weights"], outputs: ["scores"])
    graph.addOutput(name: "scores", elementType: .float32, dimensions: ["items", .fixed(classes)])
    var model = try graph.build(graphName: "dense", opset: 17)
    if let card { model.metadata = ["galley.card": card] }
    return try model.serialized()
  }

  private func recipe(_ kitchen: Kitchen, _ bytes: Data, variants: String = "") throws -> RecipeFile {
    try bytes.write(to: URL(filePath: "\(kitchen.path)/model.onnx"))
    return try kitchen.recipe(architecture: "{use: onnx, path: model.onnx}", variants: variants)
  }

  @Test func aModelFileIsMeasuredWithoutTraining() async throws {
    let kitchen = try Kitchen()
    let (outcome, plan, _) = try await kitchen.run(
      try recipe(kitchen, try dense(), variants: variants))
    #expect(plan.stages.map(\.stage) == ["prepare", "import", "optimize", "optimize", "measure"])
    #expect(plan.stages.map(\.label).contains("import model.onnx"))
    #expect(outcome.variants.count == 2)
    let digest = try Digest(ofFileAt: "\(kitchen.path)/model.onnx")
    let text = "not trained here: model file model.onnx, SHA-256 \(digest.hex)"
    for report in ["report.md", "report.html"] { #expect(try kitchen.report("output", report).contains(text)) }
    #expect(try kitchen.report().contains("Preprocessing from the data set; classes from the data set"))
    #expect(try kitchen.report("output", "report.json").contains("\"modelFile\""))
    #expect(try Digest(ofFileAt: "\(kitchen.path)/output/models/as-it-is.onnx") == digest)
    #expect(try await kitchen.run(try recipe(kitchen, try dense(), variants: variants)).ran.isEmpty)
  }

  @Test func anExportedModelIsAsGoodWhenItComesBackAsAFile() async throws {
    let kitchen = try Kitchen()
    let trained = try await kitchen.run(try kitchen.recipe(epochs: 4))
    let file = try Data(contentsOf: URL(filePath: "\(kitchen.path)/output/models/quick.onnx"))
    let taken = try await kitchen.run(try recipe(kitchen, file))
    #expect(taken.outcome.variants.first?.accuracy == trained.outcome.variants.first?.accuracy)
    #expect(try kitchen.report().contains("Preprocessing from the model's card; classes from the model's card"))
  }

  @Test func theCardsPreprocessingIsTheOneThatIsUsed() async throws {
    let kitchen = try Kitchen()
    let trained = try await kitchen.run(try kitchen.recipe(epochs: 4))
    var model = try Model(contentsOf: URL(filePath: "\(kitchen.path)/output/models/quick.onnx"))
    // The data set's own would scale by 1/16; a card that scales all light away makes all answers the same.
    let card = try #require(model.metadata["galley.card"])
    model.metadata["galley.card"] = card.replacing("\"scale\":0.0625", with: "\"scale\":0.0")
    #expect(model.metadata["galley.card"] != card)
    let dark = try await kitchen.run(try recipe(kitchen, try model.serialized(), variants: variants))
    let accuracy = try #require(dark.outcome.variants.first?.accuracy)
    #expect(accuracy < 0.2)
    #expect(accuracy < trained.outcome.variants.first?.accuracy ?? 0)
    #expect(dark.outcome.variants.last?.accuracy == accuracy)
  }

  @Test func aModelThatWantsChannelsLastGetsThem() async throws {
    let kitchen = try Kitchen()
    try await kitchen.run(try recipe(kitchen, try dense(input: ["items", 8, 8, 1])))
    #expect(try kitchen.report().contains("in the order of the model's input (NHWC)"))
  }

  @Test func whatDoesNotFitIsSaid() async throws {
    let labels = "[" + (0..<10).reversed().map { "\"\($0)\"" }.joined(separator: ",") + "]"
    let card = """
      {"input":{"name":"images","elementType":"float32","shape":[null,1,8,8]},\
      "output":{"name":"scores","elementType":"float32","shape":[null,10]},"scores":"logits",\
      "preprocessing":{"layout":"nchw","scale":1,"mean":[0],"deviation":[1]},"labels":\(labels)}
      """
    let cases: [(bytes: Data, text: String)] = [
      (try dense(input: ["items", 1, 9, 9], values: 81), "shape [?, 1, 9, 9], and the data gives [?, 1, 8, 8]"),
      (try dense(classes: 7), "gives 7 scores, and the data has 10 classes"),
      (try dense(input: [4, 1, 8, 8]), "batches of 4 items"),
      (try dense(card: card), "names the classes 9, 8, 7"),
      (Data("no model".utf8), "not protobuf messages"),
      (
        try Data(contentsOf: Kitchen.package.appending(path: "Tests/RuntimesTests/Fixtures/two-inputs.onnx")),
        "2 inputs"
      ),
    ]
    for (bytes, text) in cases {
      let kitchen = try Kitchen()
      let file = try recipe(kitchen, bytes)
      let error = await #expect(throws: GalleyError.self) {
        _ = try await kitchen.runner().run(file, output: "\(kitchen.path)/output")
      }
      #expect(error?.exitCode == .badData)
      #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
      #expect(error?.place?.hasSuffix("model.onnx") == true)
    }
  }

  @Test func aMissingFileIsSaidBeforeAnythingRuns() throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe(architecture: "{use: model.file.onnx, path: nowhere.onnx}")
    let error = #expect(throws: GalleyError.self) { try kitchen.runner().plan(file) }
    #expect(error?.exitCode == .missingInput)
  }
}
