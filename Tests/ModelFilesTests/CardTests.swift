// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Images
import ModelFiles
import Tensors
import Testing

@Suite struct CardTests {
  private func expectation(card: String, labels: String? = nil) throws -> ModelExpectation {
    try withTemporaryFolder { folder in
      let model = try write(try Fixture.bytes("onnx/plain.onnx"), "m.onnx", in: folder)
      try write(card.utf8, "m.card.json", in: folder)
      if let labels { try write(labels.utf8, "names.txt", in: folder) }
      return try ModelExpectation(ofModelAt: model, ModelDescription(of: model))
    }
  }

  @Test func aCardBesideTheModelIsRead() throws {
    let found = try expectation(
      card: """
        {"task": "classification", "output": "logits", "labels": "names.txt",
         "preprocessing": {"layout": "nchw", "values": "0-1", "mean": [0.5], "deviation": [0.5, 0.25, 0.5],
                           "colors": "bgr",
                           "fit": {"size": {"height": 40, "width": 36}, "crop": [32, 32], "rule": "cover"}}}
        """, labels: "a\nb\nc\nd\n")
    let fit = ImageFit(
      size: Images.PixelSize(width: 36, height: 40), rule: .cover, crop: Images.PixelSize(width: 32, height: 32))
    #expect(
      found.preprocessing
        == Preprocessing(scale: 1 / 255, mean: [0.5], deviation: [0.5, 0.25, 0.5], fit: fit, colors: .bgr))
    #expect(found.colorOrder.value == .bgr)
    #expect(found.resizing.value == Resizing(rule: .cover, size: ImageSize(height: 40, width: 36)))
    #expect(found.size.value == ImageSize(height: 32, width: 32) && found.size.origin?.source == .card)
    #expect(found.output.value == .logits && found.labels.value == ["a", "b", "c", "d"])
    #expect(found.labels.origin?.source == .card)
    #expect(found.missingForQuality.isEmpty && found.conflicts.isEmpty)
  }

  @Test func galleysOwnCardIsRead() throws {
    let card = ModelCard(
      input: TensorSpec(name: "x", elementType: .float32, shape: [nil, 3, 32, 32]),
      output: TensorSpec(name: "scores", elementType: .float32, shape: [nil, 4]), scores: .logits,
      preprocessing: Preprocessing(scale: 1 / 16), labels: ["a", "b", "c", "d"])
    let text = String(decoding: try JSONEncoder().encode(card), as: UTF8.self)
    let found = try expectation(card: text)
    #expect(found.preprocessing == card.preprocessing && found.labels.value == card.labels)
    #expect(found.output.value == .logits)
    let other = text.replacing("\"scores\"", with: "\"y\"").replacing("\"y\":\"logits\"", with: "\"scores\":\"logits\"")
    #expect(try refusal { _ = try expectation(card: other) }.what == "the card belongs to another model")
  }

  @Test func aCardOfOneChannelMeansGreyWhateverTheMetadataSays() throws {
    try withTemporaryFolder { folder in
      let model = try write(try Fixture.bytes("onnx/plain.onnx"), "m.onnx", in: folder)
      var description = try ModelDescription(of: model)
      let shape = [nil, 1, 32, 32]
      description.inputs[0] = ValueSpec(name: "x", kind: .tensor(.float32, shape: shape))
      description.metadata["model_info reverse_input_channels"] = "True"
      let card = ModelCard(
        input: TensorSpec(name: "x", elementType: .float32, shape: shape),
        output: TensorSpec(name: "scores", elementType: .float32, shape: [nil, 4]), scores: .logits,
        preprocessing: Preprocessing(scale: 1 / 16), labels: ["a", "b", "c", "d"])
      description.metadata["galley.card"] = String(decoding: try JSONEncoder().encode(card), as: UTF8.self)
      let found = try ModelExpectation(ofModelAt: model, description)
      #expect(found.preprocessing?.colors == .gray && found.preprocessing?.scale == 1 / 16)
    }
  }

  @Test(arguments: [
    (#"{"lables": ["a"]}"#, "m.card.json: lables", "did you mean 'labels'?"),
    (#"{"output": "probability"}"#, "m.card.json: output", "did you mean probabilities?"),
    (#"{"preprocessing": {"means": [1]}}"#, "m.card.json: preprocessing.means", "did you mean 'mean'?"),
    (#"{"preprocessing": {"mean": [0.5]}}"#, "preprocessing.mean", "its unit is missing"),
    (
      #"{"preprocessing": {"values": "0-1", "mean": [123.7]}}"#, "preprocessing.mean",
      "did you mean \"values\": \"0-255\""
    ),
    (#"{"preprocessing": {"values": "0-1", "scale": 2}}"#, "preprocessing.scale", "keep one of the two"),
    (#"{"preprocessing": {"values": "0-255", "deviation": [0]}}"#, "preprocessing.deviation", "greater than 0"),
    (#"{"preprocessing": {"values": "0-255", "mean": [1, 2]}}"#, "preprocessing.mean", "2 numbers"),
    (#"{"preprocessing": {"layout": "hwc"}}"#, "preprocessing.layout", "nchw, nhwc"),
    (#"{"preprocessing": {"fit": {"size": {"height": 3}}}}"#, "preprocessing.fit.size", "both height and width"),
    (#"{"preprocessing": {"fit": {"size": [3, 0]}}}"#, "preprocessing.fit.size", "[height, width]"),
    (#"{"preprocessing": {"fit": {"rule": "cover"}}}"#, "preprocessing.fit.size", "it is missing"),
    (
      #"{"preprocessing": {"fit": {"size": [3, 3], "rule": "cover", "padding": 3}}}"#, "fit.padding",
      "nothing is filled"
    ),
    (#"{"preprocessing": {"fit": {"size": [3, 3], "rule": "contain", "padding": 256}}}"#, "fit.padding", "0 to 255"),
    (#"{"preprocessing": {"fit": {"size": [3, 3], "rule": "contain", "crop": [2, 2]}}}"#, "fit.crop", "not cropped"),
    (#"{"preprocessing": {"fit": {"size": [3, 3], "kernel": "bilinea"}}}"#, "fit.kernel", "did you mean bilinear?"),
    (#"{"preprocessing": 3}"#, "preprocessing", "a group of keys is needed"),
    ("[1]", "m.card.json", "no group of keys"),
    ("{\n \"task\" 1}", "m.card.json:2:9", "':' is expected"),
    (#"{"scores": "logits"}"#, "m.card.json", "the key 'input' is missing"),
  ])
  func mistakesAreNamedWithTheirKey(card: String, place: String, why: String) throws {
    let error = try refusal { _ = try expectation(card: card) }
    #expect(error.exitCode == .badData)
    #expect(error.place?.hasSuffix(place) == true, "\(error.place ?? "")")
    #expect(error.why.contains(why), "\(error.why)")
  }

  @Test func wordsAndFilesNameAPreprocessing() throws {
    try withTemporaryFolder { folder in
      let path = try write(#"{"scale": 0.5, "colors": "gray"}"#.utf8, "p.json", in: folder)
      let found = try ExpectationTests.expectation("onnx/plain.onnx", ExpectationOptions(preprocessing: path))
      #expect(found.normalization.value == Normalization(scale: 0.5) && found.colorOrder.value == .gray)
    }
    let error = try refusal {
      _ = try ExpectationTests.expectation("onnx/plain.onnx", ExpectationOptions(preprocessing: "imagent"))
    }
    #expect(error.exitCode == .missingInput && error.why.hasSuffix("did you mean imagenet?"))
    let missing = try refusal {
      _ = try ExpectationTests.expectation("onnx/plain.onnx", ExpectationOptions(card: "/nowhere/m.card.json"))
    }
    #expect(missing.exitCode == .missingInput)
  }
}
