// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import ModelFiles
import Tensors
import Testing

@Suite struct ExpectationTests {
  static func expectation(
    _ name: String, _ options: ExpectationOptions = ExpectationOptions()
  ) throws -> ModelExpectation {
    try ModelExpectation(
      ofModelAt: Fixture.path(name), ModelDescription(of: Fixture.path(name)), options: options)
  }

  @Test func whatNobodySaysStaysUnknownWithTheReason() throws {
    let found = try Self.expectation("onnx/plain.onnx")
    #expect(found.layout.value == .nchw)
    #expect(found.layout.origin?.detail == "inferred from the input's shape [1, 3, 32, 32]")
    #expect(found.size.value == ImageSize(height: 32, width: 32))
    #expect(found.normalization.value == nil && found.preprocessing == nil)
    #expect(
      found.output.reason == "the output 'scores' comes from the operator Gemm; give --output logits or probabilities")
    #expect(found.labels.reason == "give --labels FILE")
    #expect(found.missingForQuality.count == 3)
  }

  @Test func aSoftmaxAtTheEndGivesProbabilities() throws {
    let found = try Self.expectation("onnx/softmax.onnx")
    #expect(found.output.value == .probabilities)
    #expect(found.output.origin?.source == .model)
    #expect(try Self.expectation("tflite/small_f32.tflite").output.value == .probabilities)
    #expect(try Self.expectation("ir/small_f16.xml").output.value == .probabilities)
  }

  @Test func modelAPIsOwnONNXContradictsItself() throws {
    // ModelAPI's adapter for ONNX Runtime writes embedded_processing although its graph prepares nothing.
    let found = try Self.expectation("onnx/model_api.onnx")
    #expect(found.normalization.value == nil)
    #expect(found.normalization.reason?.contains("embedded_processing") == true)
    #expect(found.labels.value == ["ant", "big_bee", "cat", "dog"])
    #expect(found.labels.origin?.detail == "ModelAPI's key labels")
    #expect(found.resizing.value == Resizing(fit: .letterbox, interpolation: .linear, fill: 114))
    #expect(found.task.value == "classification")
    #expect(found.notes.contains { $0.contains("'_'") })
  }

  @Test func modelAPIsOwnIRPreparesImagesItself() throws {
    let found = try Self.expectation("ir/model_api.xml")
    #expect(found.normalization.value == Normalization.none)
    #expect(found.layout.value == .nhwc)
    #expect(found.size.value == ImageSize(height: 16, width: 16))
    #expect(found.labels.value?.count == 10)
  }

  @Test func modelAPIsKeysInAnIRAreRead() throws {
    let found = try Self.expectation("ir/plain.xml")
    #expect(
      found.normalization.value
        == Normalization(scale: 1, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375]))
    #expect(found.colourOrder.value == .rgb)
    #expect(found.resizing.value?.fit == .crop)
    #expect(found.preprocessing?.layout == .nchw)
    #expect(found.missingForQuality.isEmpty)
  }

  @Test(arguments: ["onnx/ultralytics.onnx", "tflite/ultralytics.tflite"])
  func ultralyticsMetadataIsRead(name: String) throws {
    let found = try Self.expectation(name)
    #expect(found.task.value == "classification")
    #expect(found.labels.value?.prefix(3) == ["class 0", "it's class 1", "class 2"])
    #expect(found.labels.origin?.source == .ultralytics)
    #expect(found.size.value == ImageSize(height: 32, width: 32))
    #expect(found.normalization.value == .unit)
    #expect(found.normalization.origin?.detail.contains("doesn't state it") == true)
    #expect(found.output.value == .probabilities)
  }

  @Test func tfliteMetadataAreRead() throws {
    let found = try Self.expectation("tflite/with_metadata.tflite")
    #expect(found.labels.value?.count == 100 && found.labels.value?.last == "class 99")
    #expect(found.labels.origin?.detail == "the file 'labels.txt' attached to the model")
    #expect(found.normalization.value == Normalization(scale: 1, mean: [127.5], deviation: [127.5]))
    #expect(found.colourOrder.value == .rgb)
    #expect(found.layout.value == .nhwc)
  }

  @Test func optionsWinAndConflictsAreListed() throws {
    try withTemporaryFolder { folder in
      let labels = try write("w\nx\ny\nz\n".utf8, "l.txt", in: folder)
      let found = try Self.expectation(
        "onnx/ultralytics.onnx",
        ExpectationOptions(preprocessing: "imagenet", labels: labels, output: "logits"))
      #expect(found.labels.value == ["w", "x", "y", "z"])
      #expect(found.normalization.value == .imageNet && found.colourOrder.value == .rgb)
      #expect(
        found.conflicts == [
          "preprocessing: --preprocessing imagenet says (value / 255 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225], "
            + "the convention of Ultralytics' exporter; this file doesn't state it says values from 0 to 1; the former is "
            + "used.",
          "meaning of the output: --output logits says logits, the convention of Ultralytics' exporter; this file doesn't "
            + "state it says probabilities; the former is used.",
          "meaning of the output: --output logits says logits, inferred from the operator Softmax, which gives the output "
            + "'scores' says probabilities; the former is used.",
          "classes: --labels \(labels) says w, x, y, z (4 classes), Ultralytics' key names says class 0, it's class 1, "
            + "class 2, class 3 (4 classes); the former is used.",
        ])
      #expect(found.rows.allSatisfy { $0.count == 3 })
    }
  }

  @Test func theSameNormalizationInAnotherUnitIsNoConflict() throws {
    let found = try Self.expectation("ir/plain.xml", ExpectationOptions(preprocessing: "imagenet"))
    #expect(found.normalization.origin?.source == .option)
    #expect(found.conflicts.isEmpty)
  }

  @Test func isTheSameAfterJSON() throws {
    let found = try Self.expectation("onnx/ultralytics.onnx")
    #expect(try JSONDecoder().decode(ModelExpectation.self, from: JSONEncoder().encode(found)) == found)
  }

  @Test func aListOfAnotherLengthIsRefusedFromAPersonAndSkippedFromAProgram() throws {
    try withTemporaryFolder { folder in
      let labels = try write("a\nb\n".utf8, "l.txt", in: folder)
      let error = try refusal {
        _ = try Self.expectation("onnx/plain.onnx", ExpectationOptions(labels: labels))
      }
      #expect(error.why == "--labels \(labels) names 2 classes, and the model's output has 4 scores")
    }
    #expect(throws: GalleyError.self) {
      try Self.expectation("onnx/plain.onnx", ExpectationOptions(output: "logit"))
    }
  }

  @Test func classesAreMatchedByName() throws {
    let found = try Self.expectation("onnx/model_api.onnx")
    #expect(try found.classes(matching: ["dog", "ant", "cat", "big_bee"]).scoreIndices == [3, 0, 2, 1])
    #expect(try found.classes(matching: ["ant", "big_bee", "cat", "dog"]).isIdentity)
    #expect(try found.classes(matching: ["cat"], allowingExtraClasses: true).extraLabels == ["ant", "big_bee", "dog"])
    let error = try refusal { _ = try found.classes(matching: ["Ant", "big bee", "cat", "fox"]) }
    #expect(
      error.why == "the model names ant, big_bee, cat, dog (4 classes) (ModelAPI's key labels), the data "
        + "Ant, big bee, cat, fox (4 classes); only the data has Ant, big bee, fox (3 classes), only the model has "
        + "ant, big_bee, dog (3 classes)")
    #expect(error.remedy?.contains("'Ant' and 'ant', 'big bee' and 'big_bee'") == true)
    #expect(throws: GalleyError.self) { try found.classes(matching: ["cat"]) }
    let unknown = try Self.expectation("onnx/plain.onnx")
    #expect(try refusal { _ = try unknown.classes(matching: ["cat"]) }.why == "give --labels FILE")
  }
}
