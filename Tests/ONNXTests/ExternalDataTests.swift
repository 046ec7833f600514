// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct ExternalDataTests {
  /// The sample network in a folder, with the weight of its convolution in another file.
  private func model(
    in folder: TemporaryFolder, location: String = "weights.bin", offset: String? = "16", length: String? = "432",
    change: (inout Onnx_GraphProto) -> Void = { _ in }
  ) throws -> URL {
    var model = try Samples.network()
    let weights = model.proto.graph.initializer[0].rawData
    try (Data(count: 16) + weights + Data(count: 8)).write(to: folder.file("weights.bin"))
    var place = Onnx_TensorProto()
    for (key, value) in [("location", location), ("offset", offset), ("length", length)] {
      guard let value else { continue }
      var entry = Onnx_StringStringEntryProto()
      entry.key = key
      entry.value = value
      place.externalData.append(entry)
    }
    model.proto.graph.initializer[0].clearRawData()
    model.proto.graph.initializer[0].dataLocation = .external
    model.proto.graph.initializer[0].externalData = place.externalData
    change(&model.proto.graph)
    let url = folder.file("model.onnx")
    try model.write(to: url)
    return url
  }

  private func refusal(_ url: URL) throws -> ONNXError {
    let error = try #require(throws: ONNXError.self) { try Model(contentsOf: url) }
    #expect(error.location == "tensor 'conv.weight'")
    return error
  }

  @Test(arguments: ["432", nil]) func dataBesideTheModelAreRead(_ length: String?) throws {
    let folder = try TemporaryFolder()
    let read = try Model(contentsOf: model(in: folder, length: length))
    #expect(try read == Samples.network())
    try read.check()
  }

  @Test(arguments: ["../weights.bin", "/etc/hostname", "a/../weights.bin", "", "a\0b"])
  func placesElsewhereAreRefused(_ location: String) throws {
    let folder = try TemporaryFolder()
    #expect(try refusal(model(in: folder, location: location)).code == .invalidModel)
  }

  @Test func linksThatLeadOutAreRefused() throws {
    let (folder, other) = (try TemporaryFolder(), try TemporaryFolder())
    let url = try model(in: folder, location: "link.bin")
    try FileManager.default.moveItem(at: folder.file("weights.bin"), to: other.file("weights.bin"))
    try FileManager.default.createSymbolicLink(
      at: folder.file("link.bin"), withDestinationURL: other.file("weights.bin"))
    #expect(try refusal(url).reason.contains("link"))
    let inFolder = try model(in: folder, location: "folder/weights.bin")
    try FileManager.default.createSymbolicLink(at: folder.file("folder"), withDestinationURL: other.url)
    #expect(try refusal(inFolder).code == .invalidModel)
  }

  @Test func linksWithinTheFolderAreFollowed() throws {
    let folder = try TemporaryFolder()
    let url = try model(in: folder, location: "link.bin")
    try FileManager.default.createSymbolicLink(
      at: folder.file("link.bin"), withDestinationURL: folder.file("weights.bin"))
    #expect(try Model(contentsOf: url) == Samples.network())
  }

  @Test func missingFilesAndFoldersAreNamed() throws {
    let folder = try TemporaryFolder()
    let url = try model(in: folder, location: "missing.bin")
    #expect(try refusal(url).code == .unreadableFile)
    try FileManager.default.createDirectory(at: folder.file("missing.bin"), withIntermediateDirectories: false)
    #expect(try refusal(url).code == .unreadableFile)
  }

  @Test(arguments: [
    ("32", "432", ONNXError.Code.malformed), ("9223372036854775807", "432", .malformed), ("16", "431", .invalidModel),
    ("-1", "432", .invalidModel), ("x", "432", .invalidModel), ("16", "99999999999999999999", .invalidModel),
  ])
  func rangesThatDoNotFitAreRefused(_ offset: String, _ length: String, _ code: ONNXError.Code) throws {
    let folder = try TemporaryFolder()
    #expect(try refusal(model(in: folder, offset: offset, length: length)).code == code)
  }

  @Test func overlapsThatMultiplyTheDataAreRefused() throws {
    let folder = try TemporaryFolder()
    let url = try model(in: folder) { graph in
      for index in 0..<4 {
        var tensor = graph.initializer[0]
        tensor.name = "again\(index)"
        graph.initializer.append(tensor)
        tensor.name = "shifted\(index)"
        tensor.externalData[1].value = String(17 + index)
        graph.initializer.append(tensor)
      }
    }
    let error = try #require(throws: ONNXError.self) { try Model(contentsOf: url) }
    #expect(error.reason.contains("overlap"))
    #expect(error.location == "tensor 'shifted0'")
  }

  @Test(.enabled(if: Peer.isPresent, "\(Peer.absence)")) func modelsThatONNXSplitAreRead() throws {
    let folder = try TemporaryFolder()
    let whole = Peer.folder.appending(path: "Fixtures/residual.onnx")
    let split = folder.file("split.onnx")
    #expect(try Peer.run("split.py", [whole.path, split.path], as: Int.self) > 0)
    let (one, other) = (try Model(contentsOf: whole).initializers(), try Model(contentsOf: split).initializers())
    #expect(one == other)
  }
}
