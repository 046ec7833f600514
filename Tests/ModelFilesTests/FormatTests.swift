// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import ModelFiles
import Testing

@Suite struct FormatTests {
  @Test(arguments: [
    ("onnx/plain.onnx", ModelFormat.onnx), ("ir/plain.xml", .openvino), ("tflite/small_i8.tflite", .tflite),
  ])
  func formatsAreFoundFromTheContentWhateverTheSuffix(name: String, format: ModelFormat) throws {
    #expect(try ModelFormat(ofFileAt: Fixture.path(name)) == format)
    try withTemporaryFolder { folder in
      let copy = try write(try Fixture.bytes(name), "model", in: folder)
      #expect(try ModelFormat(ofFileAt: copy) == format)
    }
  }

  @Test(arguments: [
    ("m.onnx", "", "an empty file"),
    ("m.onnx", "version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 5\n", "a Git LFS pointer"),
    ("m.onnx", "<!DOCTYPE html><html><body>404</body></html>", "a web page"),
    ("m.xml", "<annotation/>", "XML without an OpenVINO network"),
    ("m.tflite", "{\"labels\": []}", "JSON"),
    ("m.txt", "hello", "text"),
    ("m.engine", "ftrt\u{0}\u{0}\u{0}\u{0}", "a TensorRT plan"),
    ("m.gguf", "GGUF\u{3}\u{0}\u{0}\u{0}", "a GGUF file"),
    ("m.pt", "PK\u{3}\u{4}\u{0}\u{0}archive/data.pkl\u{0}", "a PyTorch checkpoint"),
    ("m.keras", "PK\u{3}\u{4}\u{0}\u{0}metadata.json PK config.json\u{0}", "a Keras model"),
    ("m.zip", "PK\u{3}\u{4}\u{0}\u{0}readme\u{0}", "a ZIP archive"),
    ("m.so", "\u{7f}ELF\u{2}\u{1}", "a program or shared library"),
  ])
  func otherFilesAreNamedWithWhatToDo(name: String, content: String, what: String) throws {
    try withTemporaryFolder { folder in
      let path = try write(content.utf8, name, in: folder)
      let error = try refusal { _ = try ModelFormat(ofFileAt: path) }
      #expect(error.exitCode == .badData)
      #expect(error.why.hasPrefix("it is \(what)"), "\(error.why)")
      #expect(error.remedy?.isEmpty == false)
    }
  }

  @Test(
    arguments: [
      ("m.h5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0], "an HDF5 file"),
      ("m.pt", [0x80, 0x02, 0x8a, 0x0a], "a Python pickle"),
      ("m.safetensors", [0x40, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22], "a safetensors file"),
      ("m.onnx.gz", [0x1f, 0x8b, 8, 0], "a file packed with gzip"),
      ("m.onnx", [0xff, 0x00, 0x13, 0x37], "neither its suffix's format"),
      ("m.pb", [0x0a, 0xff, 0x13, 0x37], "a TensorFlow graph"),
      ("m.mlmodel", [0x08, 0x05, 0x12, 0x37, 0x0a], "a Core ML model"),
      ("m.dat", [0xff, 0x00, 0x13, 0x37], "no format that is known"),
    ] as [(String, [UInt8], String)])
  func binaryFilesAreNamedToo(name: String, content: [UInt8], what: String) throws {
    try withTemporaryFolder { folder in
      let path = try write(content, name, in: folder)
      #expect(try refusal { _ = try ModelFormat(ofFileAt: path) }.why.hasPrefix("it is \(what)"))
    }
  }

  @Test func anONNXFileWhoseFieldsComeInAnotherOrderIsReadToo() throws {
    // The graph (field 7, with the length in two bytes) moved before the rest.
    let bytes = try Fixture.bytes("onnx/plain.onnx")
    let start = try #require(bytes.firstIndex(of: 0x3a))
    let length = Int(bytes[start + 1] & 0x7f) | Int(bytes[start + 2]) << 7
    let end = start + 3 + length
    let turned = Array(bytes[start..<end] + bytes[..<start] + bytes[end...])
    try withTemporaryFolder { folder in
      let path = try write(turned, "m.onnx", in: folder)
      #expect(
        try ModelDescription(of: path).operators == ModelDescription(of: Fixture.path("onnx/plain.onnx")).operators)
    }
  }

  @Test func foldersAndWeightsAreNamed() throws {
    try withTemporaryFolder { folder in
      try write([1], "saved/saved_model.pb", in: folder)
      #expect(
        try refusal { _ = try ModelFormat(ofFileAt: "\(folder)/saved") }.why == "it is a TensorFlow SavedModel")
      #expect(try refusal { _ = try ModelFormat(ofFileAt: folder) }.why == "it is a folder")
      try write("<net/>".utf8, "a.xml", in: folder)
      let weights = try write([0, 1, 2], "a.bin", in: folder)
      #expect(
        try refusal { _ = try ModelFormat(ofFileAt: weights) }.remedy == "Name the .xml file that lies beside it.")
      #expect(try refusal { _ = try ModelFormat(ofFileAt: "\(folder)/none.onnx") }.exitCode == .missingInput)
    }
  }
}
