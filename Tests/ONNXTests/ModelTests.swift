// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct ModelTests {
  @Test(arguments: Samples.fixtures) func aModelIsReadAndWrittenUnchanged(_ name: String) throws {
    let url = Peer.folder.appending(path: "Fixtures/\(name).onnx")
    let original = try Data(contentsOf: url)
    #expect(try Model(data: original).serialized() == original)
  }

  @Test func inputsAndOutputsLeaveInitializersOut() throws {
    var model = try Samples.network()
    model.proto.graph.input.append(
      Onnx_ValueInfoProto(name: "fc.bias", elementType: .float32, dimensions: [10]))
    #expect(try model.inputs == [TensorSpec(name: "x", elementType: .float32, shape: [nil, 3, 8, 8])])
    #expect(try model.outputs == [TensorSpec(name: "y", elementType: .float32, shape: [nil, 10])])
    #expect(model.opset == 17)
    #expect(model.producer == "tests")
  }

  @Test func metadataIsKeptAndWrittenInOrder() throws {
    var model = try Samples.network()
    model.metadata = ["z": "1", "a": "zwei"]
    let again = try Model(data: try model.serialized())
    #expect(again.metadata == ["z": "1", "a": "zwei"])
    #expect(again.proto.metadataProps.map(\.key) == ["a", "z"])
    #expect(again == model)
  }

  @Test func equalBuildsGiveEqualBytes() throws {
    #expect(try Samples.network().serialized() == Samples.network().serialized())
  }

  @Test func nodesShowTypedAttributes() throws {
    let node = try #require(try Samples.network().nodes.first)
    #expect(node.operatorType == "Conv")
    #expect(node.attributes == ["pads": .ints([1, 1, 1, 1])])
    #expect(node.untypedAttributes.isEmpty)
  }

  @Test func everyShorterFileIsRefused() throws {
    let bytes = [UInt8](try Samples.network().serialized())
    for length in 0..<bytes.count {
      #expect(throws: ONNXError.self) { try Model(bytes: Array(bytes[..<length])).check() }
    }
  }

  @Test(arguments: ["", "PK\u{3}\u{4}", "hello, this is no model at all", "{\"json\": 1}"])
  func foreignBytesAreRefused(_ text: String) throws {
    let error = try #require(throws: ONNXError.self) { try Model(bytes: Array(text.utf8)) }
    #expect(error.code == .malformed)
  }

  @Test func aGraphWithoutNodesIsRefused() throws {
    var model = try Samples.network()
    model.proto.graph.node = []
    let error = try #require(throws: ONNXError.self) { try Model(data: try model.serialized()) }
    #expect(error.code == .emptyGraph)
  }

  @Test func missingFilesAndFoldersAreNamed() throws {
    let folder = try TemporaryFolder()
    for url in [folder.file("none.onnx"), folder.url, URL(filePath: "/dev/zero")] {
      let error = try #require(throws: ONNXError.self) { try Model(contentsOf: url) }
      #expect(error.code == .unreadableFile)
      #expect(error.location == url.path)
    }
  }

  @Test func aFileThatIsTooLargeIsRefusedUnread() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("large.onnx")
    #expect(FileManager.default.createFile(atPath: url.path, contents: nil))
    let handle = try FileHandle(forWritingTo: url)
    try handle.truncate(atOffset: 3 << 30)
    try handle.close()
    let error = try #require(throws: ONNXError.self) { try Model(contentsOf: url) }
    #expect(error.code == .tooLarge)
  }

  @Test func writingReplacesTheFileAndLeavesNothingElse() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("model.onnx")
    try Data("old".utf8).write(to: url)
    try Samples.network().write(to: url)
    #expect(try Model(contentsOf: url) == Samples.network())
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.onnx"])
  }

  @Test func writingIntoAMissingFolderSaysSo() throws {
    let folder = try TemporaryFolder()
    let error = try #require(throws: ONNXError.self) {
      try Samples.network().write(to: folder.file("missing/model.onnx"))
    }
    #expect(error.code == .unwritableFile)
  }
}
