// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import ModelFiles
import Testing

@Suite struct OpenVINOTests {
  /// What Python's openvino reads in a file.
  struct Peer: Decodable {
    struct Port: Decodable {
      var names: [String]
      var type: String
      var shape: [Int]
    }
    var name: String
    var inputs: [Port]
    var outputs: [Port]
    var constants: [String: Int]
    var operators: [String: Int]
    var information: [String: String]
  }

  @Test func readsWhatOpenVINOReads() throws {
    let peers: [String: Peer] = try Fixture.json("ir.json")
    #expect(peers.count == 7)
    for (name, peer) in peers {
      let model = try OpenVINOIR(contentsOf: Fixture.path("ir/\(name)"))
      #expect(model.name == peer.name)
      compare(model.parameters.compactMap(\.outputs.first), peer.inputs, name)
      compare(model.results.map(\.port), peer.outputs, name)
      var constants: [String: Int] = [:]
      var operators: [String: Int] = [:]
      for layer in model.layers where layer.type != "Parameter" && layer.type != "Result" {
        if layer.type == "Const" {
          constants[layer.attributes["element_type"] ?? "", default: 0] +=
            layer.outputs.first?.shape.reduce(1) { $0 * ($1 ?? 0) } ?? 0
        } else {
          // The file writes ReLU and SoftMax where the library's names are Relu and Softmax.
          operators[layer.type.lowercased(), default: 0] += 1
        }
      }
      #expect(constants == peer.constants, "\(name)")
      #expect(operators == Dictionary(uniqueKeysWithValues: peer.operators.map { ($0.lowercased(), $1) }), "\(name)")
      for (key, value) in peer.information {
        #expect(model.information["model_info/\(key)"] == value, "\(name) \(key)")
      }
    }
  }

  private func compare(_ ports: [OpenVINOIR.Port], _ peers: [Peer.Port], _ name: String) {
    #expect(ports.count == peers.count)
    for (port, peer) in zip(ports, peers) {
      #expect(port.shape == peer.shape.map { $0 < 0 ? nil : $0 }, "\(name)")
      #expect(OpenVINOIR.elementType(port.precision) == OpenVINOIR.elementType(peer.type), "\(name)")
      // The library gives nameless outputs a name of its own.
      if peer.names.first?.hasPrefix("Result_") != true { #expect(port.names.sorted() == peer.names, "\(name)") }
    }
  }

  /// The number is that of PyTorch 2.13's FlopCounterMode, halved, for the same layers.
  @Test func countsMultiplyAccumulatesAsPyTorchDoes() throws {
    #expect(try ModelDescription(of: Fixture.path("ir/small_f16.xml")).multiplyAccumulates == 69_488)
  }

  @Test func describesANetwork() throws {
    let description = try ModelDescription(of: Fixture.path("ir/small_f16.xml"))
    #expect(description.format == .openvino)
    #expect(description.formatVersion == "version 11")
    #expect(description.files.count == 2 && description.byteCount > description.files[0].byteCount)
    #expect(description.producer?.hasPrefix("OpenVINO 2026.4.1") == true)
    #expect(description.parameters.first == .init(elementType: "float16", count: 368, byteCount: 736))
    #expect(description.outputOperators.values.first == "SoftMax")
    let quantized = try ModelDescription(of: Fixture.path("ir/quantized.xml"))
    #expect(quantized.quantization?.weightTypes == ["int8"])
    #expect(quantized.quantization?.scheme == "1 FakeQuantize operations")
    #expect(try ModelDescription(of: Fixture.path("ir/loop.xml")).operators.contains(.init(type: "Add", count: 1)))
  }

  @Test func missingOrShortWeightsAreOneMessage() throws {
    try withTemporaryFolder { folder in
      let xml = try write(try Fixture.bytes("ir/plain.xml"), "m.xml", in: folder)
      let missing = try refusal { _ = try ModelDescription(of: xml) }
      #expect(missing.exitCode == .missingInput)
      #expect(missing.place == "\(folder)/m.bin")
      try write(try Fixture.bytes("ir/plain.bin").dropLast(), "m.bin", in: folder)
      let short = try refusal { _ = try ModelDescription(of: xml) }
      #expect(short.exitCode == .badData && short.why.contains("there are 1487"))
    }
  }

  @Test func constantsOfAnotherSizeAreRefused() throws {
    try withTemporaryFolder { folder in
      let text = String(decoding: try Fixture.bytes("ir/plain.xml"), as: UTF8.self)
      let xml = try write(text.replacing("size=\"864\"", with: "size=\"860\"").utf8, "m.xml", in: folder)
      try write(try Fixture.bytes("ir/plain.bin"), "m.bin", in: folder)
      #expect(try refusal { _ = try ModelDescription(of: xml) }.why.contains("its shape needs 864"))
    }
  }

  @Test(arguments: [
    ("<net version=\"11\"><layers>", "m:1", "'layers' is not closed"),
    ("<!DOCTYPE net [<!ENTITY a \"b\">]><net/>", "m:1", "document type"),
    ("<net>\n<a b=1/></net>", "m:2", "not quoted"),
    ("<net>\n\n</nett>", "m:3", "closes no element"),
    ("<net a='1' a='2'/>", "m:1", "occurs twice"),
    ("<net>&unknown;</net>", "m:1", "'&unknown;' is not known"),
    ("<net version='7'><layers/></net>", "m", "version 7"),
    ("<html/>", "m", "'html'"),
    ("<net version='11'><layers><layer type='Result' id='x'/></layers></net>", "m", "no whole number"),
  ])
  func wrongXMLIsOneMessageWithItsLine(text: String, place: String, why: String) throws {
    let error = try refusal { _ = try OpenVINOIR(Array(text.utf8), "m") }
    #expect(error.exitCode == .badData)
    #expect(error.place == place)
    #expect(error.why.contains(why), "\(error.why)")
  }

  @Test func deepNestingIsRefused() throws {
    let text = String(repeating: "<a>", count: 100_000)
    #expect(try refusal { _ = try OpenVINOIR(Array(text.utf8), "m") }.why.contains("more than 200 deep"))
  }

  @Test func survivesTruncationAndMutations() throws {
    let original = try Fixture.bytes("ir/loop.xml")
    for count in stride(from: 0, to: original.count, by: 41) { _ = try? OpenVINOIR(Array(original[..<count]), "m") }
    var generator = SeededGenerator(state: 7)
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
          Array("<>/\"'= &;-0129abz\n".utf8).randomElement(using: &generator) ?? 0
      }
      if let model = try? OpenVINOIR(bytes, "m") { _ = ModelDescription(of: model, files: []).sections() }
    }
  }
}
