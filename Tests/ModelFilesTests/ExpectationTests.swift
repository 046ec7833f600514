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
    #expect(found.resizing.value == Resizing(rule: .contain, kernel: .bilinear, antialias: false, padding: [114]))
    #expect(found.task.value == "classification")
    #expect(found.notes.contains { $0.contains("'_'") })
  }

  @Test func modelAPIsOwnIRPreparesImagesItself() throws {
    let found = try Self.expectation("ir/model_api.xml")
    #expect(found.normalization.value == Normalization.none)
    #expect(found.layout.value == .nhwc)
    #expect(found.colorOrder.value == .bgr)
    #expect(found.size.value == ImageSize(height: 16, width: 16))
    #expect(found.labels.value?.count == 10)
  }

  @Test func modelAPIsKeysInAnIRAreRead() throws {
    let found = try Self.expectation("ir/plain.xml")
    #expect(
      found.normalization.value
        == Normalization(scale: 1, mean: [123.675, 116.28, 103.53], deviation: [58.395, 57.12, 57.375]))
    #expect(found.colorOrder.value == .rgb)
    #expect(found.resizing.value?.rule == .cover)
    #expect(found.preprocessing?.layout == .nchw)
    #expect(found.missingForQuality.isEmpty)
  }

  @Test func imagesBecomeWhatModelAPIMakesOfThem() throws {
    struct Peer: Decodable {
      var bgr: [UInt8]
      var input: [Float]
    }
    let peer: Peer = try Fixture.json("model_api.json")
    let found = try Self.expectation("ir/plain.xml")
    // Galley reads images as red, green, blue; the model's order says whether they are turned.
    #expect(found.colorOrder.value == .rgb)
    var rgb = peer.bgr
    for pixel in 0..<16 { rgb.swapAt(3 * pixel, 3 * pixel + 2) }
    let image = try Tensor(rgb, shape: [1, 4, 4, 3])
    // The peer was given an image that it needn't resize.
    var preprocessing = try #require(found.preprocessing)
    preprocessing.fit = nil
    let input = try preprocessing.apply(to: image)
    let values: [Float] = try input.values()
    let worst = zip(values, peer.input).map { abs($0 - $1) }.max() ?? .infinity
    #expect(values.count == peer.input.count && worst < 1e-5)
  }

  @Test func whatGetiWritesForModelAPIIsRead() throws {
    let found = try Self.expectation("onnx/geti.onnx")
    #expect(found.labels.value == ["ant", "big bee", "cat", "dog"])
    #expect(found.labels.origin?.detail == "ModelAPI's key label_info")
    #expect(found.normalization.value == Normalization(scale: 1 / 255, mean: [0, 0, 0], deviation: [1, 1, 1]))
    #expect(found.normalization.value?.description == "values from 0 to 1")
    #expect(found.output.value == .logits)
    #expect(found.colorOrder.reason?.contains("getitune_version") == true)
    #expect(found.missingForQuality.isEmpty)
  }

  @Test func whatUltralyticsWritesForModelAPIIsRead() throws {
    let found = try Self.expectation("ir/ultralytics.xml")
    #expect(found.task.value == "detection")
    #expect(found.labels.value == ["traffic_light", "car"])
    #expect(found.normalization.value == Normalization(scale: 1, deviation: [255]))
    #expect(found.rows.contains { $0.prefix(2) == ["preprocessing", "values from 0 to 1"] })
    #expect(found.colorOrder.value == .rgb)
    #expect(found.resizing.value == Resizing(rule: .contain, antialias: false, padding: [114]))
    #expect(found.output.reason == "the model's outputs are no list of scores; give --output if they are")
  }

  /// What Ultralytics' metadata say when a key has another value.
  private func ultralytics(_ key: String, _ value: String) throws -> ModelExpectation {
    var description = try ModelDescription(of: Fixture.path("onnx/ultralytics.onnx"))
    description.metadata[key] = value
    return try ModelExpectation(ofModelAt: "/nowhere/m.onnx", description)
  }

  @Test(arguments: [
    (#"{0: 'a', 1: "it's", 2: 'tab\t', 3: '\u00e4\x41'}"#, ["a", "it's", "tab\t", "äA"]),
    (#"['a', 'b', 'c', 'd',]"#, ["a", "b", "c", "d"]),
    (#"{ 3 : 'd', 2:'c', 1 : 'b', 0:'a' }"#, ["a", "b", "c", "d"]),
  ])
  func namesInPythonsSpellingAreRead(text: String, labels: [String]) throws {
    #expect(try ultralytics("names", text).labels.value == labels)
  }

  @Test(arguments: [
    "__import__('os')", "{0: 'a'", "{0: a}", "{0: 'a', 0: 'b', 1: 'c', 3: 'd'}", "{'a'}", "{0: 'a'} x", "{[0]: 'a'}",
    "{0: 'a\\q'}", String(repeating: "[", count: 100_000),
  ])
  func namesThatAreNoLiteralStayUnknown(text: String) throws {
    let found = try ultralytics("names", text)
    #expect(found.labels.value == nil)
    #expect(found.labels.reason?.hasPrefix("Ultralytics' key names can't be used") == true)
  }

  @Test func theSizeMayBeOneNumber() throws {
    #expect(try ultralytics("imgsz", "640").size.value == ImageSize(height: 640, width: 640))
    #expect(try ultralytics("imgsz", "[480, 640]").size.value == ImageSize(height: 480, width: 640))
    #expect(try ultralytics("imgsz", "[480]").size.value == ImageSize(height: 32, width: 32))
  }

  @Test func aModelDoesntDecideWhichFilesAreOpened() throws {
    var description = try ModelDescription(of: Fixture.path("onnx/geti.onnx"))
    description.metadata["model_info path_to_labels"] = "/etc/passwd"
    let found = try ModelExpectation(ofModelAt: "/nowhere/m.onnx", description)
    #expect(found.labels.value == nil)
    #expect(found.labels.reason == "ModelAPI's key path_to_labels names the file '/etc/passwd'; give it with --labels")
  }

  @Test(arguments: [
    ("mean_values", "1 x 3"), ("scale_values", "0 1 1"), ("scale_values", "1 1"), ("intensity_mode", "percentile"),
    ("intensity_max_value", "nan"), ("intensity_max_value", "1e-45"),
  ])
  func valuesThatCantBeUsedAreNamed(key: String, value: String) throws {
    var description = try ModelDescription(of: Fixture.path("onnx/geti.onnx"))
    description.metadata["model_info \(key)"] = value
    let found = try ModelExpectation(ofModelAt: "/nowhere/m.onnx", description)
    #expect(found.normalization.value == nil)
    #expect(found.normalization.reason?.contains("ModelAPI's key") == true)
  }

  @Test(
    arguments: [
      ([1, 3, 224, 224], Preprocessing.Layout.nchw), ([nil, 1, 28, 28], .nchw), ([1, 224, 224, 3], .nhwc),
      ([1, 3, nil, nil], .nchw), ([nil, nil, nil, 3], .nhwc), ([1, 3, 224, 3], nil), ([1, 8, 24, 24], nil),
      ([1, nil, nil, nil], nil),
    ] as [([Int?], Preprocessing.Layout?)])
  func layoutsAreInferredOnlyWhenOneFits(shape: [Int?], layout: Preprocessing.Layout?) throws {
    var description = try ModelDescription(of: Fixture.path("onnx/plain.onnx"))
    description.inputs = [ValueSpec(name: "x", kind: .tensor(.float32, shape: shape))]
    let found = try ModelExpectation(ofModelAt: "/nowhere/m.onnx", description)
    #expect(found.layout.value == layout)
    #expect((found.layout.reason == nil) == (layout != nil))
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
    #expect(found.colorOrder.value == .rgb)
    #expect(found.layout.value == .nhwc)
  }

  @Test func optionsWinAndConflictsAreListed() throws {
    try withTemporaryFolder { folder in
      let labels = try write("w\nx\ny\nz\n".utf8, "l.txt", in: folder)
      let found = try Self.expectation(
        "onnx/ultralytics.onnx",
        ExpectationOptions(preprocessing: "imagenet", labels: labels, output: "logits"))
      #expect(found.labels.value == ["w", "x", "y", "z"])
      #expect(found.normalization.value == .imageNet && found.colorOrder.value == .rgb)
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
