// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import ModelFiles
import ONNX
import Tensors
import Testing

@Suite struct DescriptionTests {
  static let models = [
    "onnx/plain.onnx", "onnx/kinds.onnx", "onnx/ultralytics.onnx", "ir/model_api.xml", "ir/loop.xml",
    "tflite/small_i8.tflite", "tflite/with_metadata.tflite",
  ]

  @Test(arguments: models) func isTheSameAfterJSON(name: String) throws {
    let description = try ModelDescription(of: Fixture.path(name))
    let data = try JSONEncoder().encode(description)
    #expect(try JSONDecoder().decode(ModelDescription.self, from: data) == description)
  }

  @Test func onnxIsDescribed() throws {
    let description = try ModelDescription(of: Fixture.path("onnx/ultralytics.onnx"))
    #expect(description.formatVersion == "IR 9, opset 17")
    #expect(description.producer == "onnx 1.23.2")
    #expect(description.inputs == [ValueSpec(name: "x", kind: .tensor(.float32, shape: [1, 3, 32, 32]))])
    #expect(description.outputOperators == ["scores": "Softmax"])
    #expect(description.parameters == [.init(elementType: "float32", count: 248, byteCount: 992)])
    #expect(description.licence == "AGPL-3.0 License (https://ultralytics.com/license)")
    #expect(description.metadata["task"] == "classify")
  }

  @Test func weightsInOtherFilesAreListedIfTheyLieBesideTheModel() throws {
    var model = try Model(contentsOf: URL(filePath: Fixture.path("onnx/plain.onnx")))
    for (index, location) in ["w.bin", "../v.bin"].enumerated() {
      var entry = Onnx_StringStringEntryProto()
      (entry.key, entry.value) = ("location", location)
      model.proto.graph.initializer[index].externalData = [entry]
    }
    try withTemporaryFolder { folder in
      let path = "\(folder)/m.onnx"
      try model.write(to: URL(filePath: path))
      #expect(
        try ModelDescription(of: path).notes.contains("The file 'w.bin' with weights is missing beside the model."))
      let weights = try write([1, 2, 3], "w.bin", in: folder)
      let description = try ModelDescription(of: path)
      #expect(description.files.map(\.path) == [path, weights])
      #expect(
        description.notes == [
          "Weights are said to lie in '../v.bin', outside the model's folder; no runtime here reads that."
        ])
    }
  }

  @Test func valuesThatAreNoTensorsAreDescribed() throws {
    let description = try ModelDescription(of: Fixture.path("onnx/kinds.onnx"))
    #expect(
      description.inputs.map(\.kind) == [
        .sequence(of: .tensor(.float32, shape: [nil, 2])), .tensor(.int64, shape: []), .strings(shape: [nil]),
      ])
    let rows = description.sections().first { $0.title == "Inputs" }?.rows
    #expect(rows == [["seq", "a sequence of float32 [?, 2]"], ["at", "int64 []"], ["text", "text [?]"]])
  }

  @Test(arguments: models) func rowsOfASectionAreEquallyLong(name: String) throws {
    for section in try ModelDescription(of: Fixture.path(name)).sections() {
      #expect(Set(section.rows.map(\.count)).count == 1, "\(section.title)")
      for cell in section.rows.joined() { #expect(!cell.contains("\n")) }
    }
  }

  @Test func rowsAreReadable() throws {
    let sections = try ModelDescription(of: Fixture.path("tflite/small_i8.tflite")).sections()
    let model = try #require(sections.first)
    #expect(model.rows.contains(["multiply-accumulates", "111,296"]))
    #expect(
      model.rows.contains([
        "quantization", "weights and activations; weights int8; activations int8; per channel",
      ]))
    #expect(model.rows.contains(["licence", "not stated"]))
  }

  @Test(arguments: ["onnx/ultralytics.onnx", "onnx/kinds.onnx", "tflite/ultralytics.tflite", "ir/plain.xml"])
  func foreignBytesNeverEndTheProgram(name: String) throws {
    let original = try Fixture.bytes(name)
    var generator = SeededGenerator(state: 11)
    try withTemporaryFolder { folder in
      let file = "m.\(name.split(separator: ".").last ?? "")"
      try write(try Fixture.bytes("ir/plain.bin"), "m.bin", in: folder)
      for round in 0..<60 {
        var bytes = original
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
          bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
        }
        if round % 5 == 0 { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
        let path = try write(bytes, file, in: folder)
        guard let description = try? ModelDescription(of: path) else { continue }
        #expect(try JSONDecoder().decode(ModelDescription.self, from: JSONEncoder().encode(description)) == description)
        if let found = try? ModelExpectation(ofModelAt: path, description) { _ = try JSONEncoder().encode(found) }
      }
    }
  }

  @Test func textThatOrdersTheTerminalIsPrintedWithoutItsOrders() throws {
    var description = try ModelDescription(of: Fixture.path("onnx/plain.onnx"))
    description.metadata["a\u{1b}[2J"] = "b\nc\u{9b}"
    let rows = description.sections().first { $0.title == "Metadata" }?.rows
    #expect(rows == [["a [2J", "b c "]])
  }
}
