// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import ModelFiles
import Tensors
import Testing

@Suite struct TFLiteTests {
  /// What the Python package `tflite` and ai-edge-litert's interpreter read in a file.
  struct Peer: Decodable {
    struct Tensor: Decodable {
      var name: String
      var type: Int
      var shape: [Int]
      var signature: [Int]?
      var buffer: Int
      var scales: [Float]
      var zeros: [Int]
      var bytes: Int
    }
    struct Signature: Decodable {
      var inputs: [String]
      var outputs: [String]
    }
    var tensors: [Tensor]
    var inputs: [Int]
    var outputs: [Int]
    var operators: [String]
    var version: Int
    var description: String
    var signatures: [String: Signature]?
  }

  @Test func readsWhatThePeersRead() throws {
    let peers: [String: Peer] = try Fixture.json("tflite.json")
    #expect(peers.count == 18)
    for (name, peer) in peers {
      let model = try TFLiteFile(contentsOf: Fixture.path("tflite/\(name)"))
      let graph = try #require(model.main)
      #expect(model.version == peer.version)
      #expect(model.description == peer.description)
      #expect(graph.inputs == peer.inputs && graph.outputs == peer.outputs)
      #expect(graph.operators.map(\.name) == peer.operators, "\(name)")
      #expect(graph.tensors.map { Seen($0, in: model) } == peer.tensors.map(Seen.init), "\(name)")
      guard let signatures = peer.signatures else { continue }
      #expect(Set(model.signatures.map(\.key)) == Set(signatures.keys))
      for signature in model.signatures {
        #expect(Set(signature.inputs.keys) == Set(signatures[signature.key]?.inputs ?? []))
        #expect(Set(signature.outputs.keys) == Set(signatures[signature.key]?.outputs ?? []))
      }
    }
  }

  /// What both sides see of a tensor.
  struct Seen: Equatable {
    var name: String
    var shape: [Int]
    var openShape: [Int?]
    var type: Int
    var byteCount: Int
    var scales: [Float]
    var zeros: [Int]

    init(_ tensor: TFLiteFile.Tensor, in model: TFLiteFile) {
      (name, shape, openShape, type) = (tensor.name, tensor.shape, tensor.openShape, tensor.elementType.code)
      byteCount = model.buffers[tensor.buffer].count
      (scales, zeros) = (tensor.quantization?.scales ?? [], tensor.quantization?.zeroPoints ?? [])
    }

    init(_ peer: Peer.Tensor) {
      (name, shape, type, byteCount) = (peer.name, peer.shape, peer.type, peer.bytes)
      openShape = (peer.signature ?? peer.shape).map { $0 < 0 ? nil : $0 }
      (scales, zeros) = (peer.scales, peer.zeros)
    }
  }

  /// The number is that of PyTorch 2.13's FlopCounterMode, halved, for the same layers.
  @Test(arguments: ["small_f32", "small_i8", "small_f32_dyn"])
  func countsMultiplyAccumulatesAsPyTorchDoes(name: String) throws {
    let description = try ModelDescription(of: Fixture.path("tflite/\(name).tflite"))
    #expect(description.multiplyAccumulates == TFLiteTests.macs)
  }

  static let macs = 111_296

  @Test func describesAQuantizedModel() throws {
    let description = try ModelDescription(of: Fixture.path("tflite/small_i8.tflite"))
    let quantization = try #require(description.quantization)
    #expect(quantization.weightTypes == ["int8"])
    #expect(quantization.activationTypes == ["int8"])
    #expect(quantization.isPerChannel == true)
    #expect(description.format == .tflite)
    #expect(description.outputOperators == ["y": "SOFTMAX"])
    #expect(description.operators.first == .init(type: "CONV_2D", count: 7))
  }

  @Test func saysWhichExtentsAreOpen() throws {
    let description = try ModelDescription(of: Fixture.path("tflite/small_f32_dyn.tflite"))
    #expect(description.inputs.first?.tensor?.shape.contains(nil) == true)
    #expect(try ModelDescription(of: Fixture.path("tflite/small_f32.tflite")).quantization == nil)
  }

  @Test func readsAttachedFiles() throws {
    let stored = try TFLiteFile(contentsOf: Fixture.path("tflite/with_metadata.tflite"))
    #expect(stored.attachments["labels.txt"]?.count ?? 0 > 800)
    #expect(stored.metadata.keys.contains("TFLITE_METADATA"))
    let deflated = try TFLiteFile(contentsOf: Fixture.path("tflite/ultralytics.tflite"))
    #expect(deflated.attachments.keys.sorted() == ["metadata.json"])
    #expect(try ModelDescription(of: Fixture.path("tflite/with_metadata.tflite")).licence == "Apache License 2.0")
  }

  @Test func aDamagedArchiveLeavesTheModel() throws {
    var bytes = try Fixture.bytes("tflite/ultralytics.tflite")
    let plain = try Fixture.bytes("tflite/small_f32.tflite")
    // The archive begins where the model ends; its first file's data follow a header of 30 bytes and the name.
    bytes[plain.count + 60] ^= 0xff
    let model = try TFLiteFile(bytes, "m.tflite")
    #expect(model.attachments.isEmpty)
    #expect(model.attachmentProblem == "the attached file 'metadata.json' is damaged")
    #expect(model.main?.operators.count == 19)
  }

  @Test func refusesATruncatedFileAtEveryLength() throws {
    let bytes = try Fixture.bytes("tflite/op_add_i8.tflite")
    for count in 0..<bytes.count {
      // Some cuts take only padding or data that nothing refers to; none may crash.
      if let model = try? TFLiteFile(Array(bytes[..<count]), "m") { #expect(model.main != nil) }
    }
    let error = try refusal { _ = try TFLiteFile(Array(bytes[..<200]), "m.tflite") }
    #expect(error.exitCode == .badData && error.place == "m.tflite")
  }

  @Test(arguments: ["small_f32", "op_add_i8", "with_metadata", "ultralytics"])
  func survivesMutations(name: String) throws {
    let original = try Fixture.bytes("tflite/\(name).tflite")
    var generator = SeededGenerator(state: 20_261_125)
    var (read, refused) = (0, 0)
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        let position = Int.random(in: 0..<bytes.count, using: &generator)
        bytes[position] =
          [0, 1, 4, 0x7f, 0x80, 0xff, UInt8.random(in: 0...255, using: &generator)]
          .randomElement(using: &generator) ?? 0
      }
      if let model = try? TFLiteFile(bytes, "m") {
        _ = ModelDescription(of: model, files: []).sections()
        read += 1
      } else {
        refused += 1
      }
    }
    #expect(read + refused == 150)
  }

  @Test func partsThatOverlapEndTheReading() throws {
    // A list of subgraphs that all are one table, whose list of tensors is long and shared.
    var bytes: [UInt8] = []
    func put(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
    put(20)
    bytes += Array("TFL3".utf8)
    // The field table of the root: 10 bytes long, field 0 (version) at 4, field 2 (subgraphs) at 8; padded to 20.
    bytes += [10, 0, 12, 0, 4, 0, 0, 0, 8, 0, 0, 0]
    // Root at 20: distance 12 back to its field table, version 3, offset of the list of subgraphs.
    put(12)
    put(3)
    put(4)
    let count = 50_000
    put(UInt32(count))
    // Every entry leads to one table after the list; its field table follows it.
    let table = bytes.count + 4 * count
    for _ in 0..<count { put(UInt32(table - bytes.count)) }
    // Table: distance to a field table behind it, and the offset of its list of operators: the list of subgraphs again.
    put(UInt32(bitPattern: -8))
    put(0)
    bytes += [6, 0, 8, 0, 4, 0]
    // The tensors (field 0) are at 4: an offset to a list of its own.
    let list = bytes.count + 2
    bytes += [0, 0]
    withUnsafeBytes(of: UInt32(list - (table + 4)).littleEndian) {
      bytes.replaceSubrange(table + 4..<table + 8, with: $0)
    }
    put(UInt32(count))
    let leaf = bytes.count + 4 * count
    for _ in 0..<count { put(UInt32(leaf - bytes.count)) }
    put(UInt32(bitPattern: -4))
    bytes += [4, 0, 4, 0, 0, 0, 0, 0]
    let error = try refusal { _ = try TFLiteFile(bytes, "bomb.tflite") }
    #expect(error.why.contains("overlap"))
  }
}
