// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import Files
import Foundation
import Galley
import Images
import PeerSupport
import TargetProtocol
import Tensors
import Testing

private let isVipsHere = (try? ImageLibrary.opened()) != nil
private let python = PeerPython()

/// Image files of hosts that are known and wish ill.
@Suite(.enabled(if: isVipsHere, "libvips is not installed")) struct ServedImagesTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func session(memoryLimit: UInt64? = nil) throws -> SessionLink {
    let program = WorkerProgram(
      executable: agentProgram, environment: ["GALLEY_TEST": folder.path], memoryLimit: memoryLimit)
    return try SessionLink(1, AgentContext(in: folder.path, program: program))
  }

  /// Images of grey, of which the second may be other bytes.
  private func blob(second: [UInt8]? = nil) throws -> Data {
    let path = "\(folder.path)/images"
    let items = try LabeledItems(
      ids: ["first", "second"], inputs: Tensor([UInt8](repeating: 0, count: 8), shape: [2, 1, 4, 1]),
      classes: [0, 1], labels: ["a", "b", "c"])
    let preprocessing = Preprocessing(
      scale: 1 / 255, fit: ImageFit(size: PixelSize(width: 4, height: 1)), colors: .gray)
    let file = try Image(width: 5, height: 3, format: .gray, color: [90]).encoded(as: .png())
    try ImageFiles.write(items, preprocessing: preprocessing, to: path) { $0 == 1 ? second ?? file : file }
    return try Data(contentsOf: URL(filePath: path))
  }

  private func open(_ link: SessionLink, _ worker: UInt32, _ path: String) async throws -> OpenDataResult {
    try await link.ask(TargetMethod.openImages, worker: worker, OpenImagesParameters(path: path))
  }

  private func answer(_ link: SessionLink, _ worker: UInt32, _ images: Data) async throws -> PredictResult {
    let digest = try await link.upload(images).digest
    #expect(try await open(link, worker, "\(BlobPath(digest))").itemCount == 2)
    let bytes = try ServedSessionTests.fixture("dense.onnx")
    let model = try await link.upload(bytes).digest
    let file = ModelFile(path: "\(BlobPath(model))", format: .onnx, digest: model, byteCount: bytes.count)
    let _: LoadResult = try await link.ask(
      TargetMethod.load, worker: worker,
      LoadParameters(model: file, runtime: IngredientChoice("onnxruntime", options: [:]), batch: 1))
    return try await link.ask(TargetMethod.predict, worker: worker, PredictParameters())
  }

  @Test func aBadItemIsNamedAndTheProcessGoesOn() async throws {
    let link = try session()
    try await link.takeMachine()
    let worker = try await link.startWorker()
    for path in ["/etc/passwd", "blob:../x", "", "blob:", "\(folder.path)/images"] {
      let failure = await #expect(throws: RequestFailure.self) { _ = try await open(link, worker, path) }
      #expect(failure?.code == .badPath)
    }
    let other = try await link.upload(Data("no images".utf8)).digest
    let something = await #expect(throws: RequestFailure.self) {
      _ = try await open(link, worker, "\(BlobPath(other))")
    }
    #expect(something?.code == .failed && something?.place == "\(BlobPath(other))")
    let damaged = await #expect(throws: RequestFailure.self) {
      _ = try await answer(link, worker, blob(second: Array("nothing".utf8)))
    }
    #expect(damaged?.code == .failed && damaged?.exitCode == .badData && damaged?.place == "second")
    let answered = try await answer(link, worker, blob())
    #expect(answered.predictions.ids == ["first", "second"] && answered.decoding?.count == 2)
  }

  @Test func anItemMayTakeHalfOfTheProcesssMemory() async throws {
    let link = try session(memoryLimit: 1 << 30)
    try await link.takeMachine()
    let worker = try await link.startWorker()
    // 64 million pixels of one byte are 64 MB, and their decoding is counted as a GiB.
    let large = try Image(width: 8000, height: 8000, format: .gray, color: [90]).encoded(as: .png())
    let failure = await #expect(throws: RequestFailure.self) { _ = try await answer(link, worker, blob(second: large)) }
    #expect(failure?.place == "second" && failure?.why.contains("8000 × 8000") == true, "\(failure as Any)")
    #expect(try await answer(link, worker, blob()).predictions.answers.count == 2)
  }

  struct Welcome: Decodable {
    struct Capabilities: Decodable { var features: [String] }
    var capabilities: Capabilities
  }

  @Test(.enabled(if: python.isPresent, "no Python")) func theFeatureIsThereExactlyIfLibvipsIs() async throws {
    let agent = try await RunningAgent()
    let with = try AgentProgramTests.ask("greet", agent.socket, "local", as: Welcome.self)
    #expect(with.capabilities.features == ["images"])
    // A folder in which libvips is something else: it decides, and nothing else is looked for.
    let native = "\(folder.path)/native"
    try FileManager.default.createDirectory(atPath: "\(native)/vips-8/lib", withIntermediateDirectories: true)
    try Data("no library".utf8).write(to: URL(filePath: "\(native)/vips-8/lib/libvips.so.42"))
    let poor = try await RunningAgent(environment: ["GALLEY_NATIVE": native])
    let without = try AgentProgramTests.ask("greet", poor.socket, "local", as: Welcome.self)
    #expect(without.capabilities.features.isEmpty)
  }

  struct Decoded: Decodable {
    var features: [String]
    var items: Int
    var ids: [String]
    var decoding: Int
    var fromFiles: [Float]
    var fromFrames: [Float]
  }

  @Test(.enabled(if: python.isPresent, "no Python")) func aHostInPythonSendsImageFiles() async throws {
    let agent = try await RunningAgent()
    let model = PeerPython.root.appending(path: "Tests/RuntimesTests/Fixtures/dense.onnx").path
    let decoded = try AgentProgramTests.ask("images", agent.socket, "local", model, as: Decoded.self)
    #expect(decoded.features == ["images"] && decoded.items == 3 && decoded.ids == ["0", "1", "2"])
    #expect(decoded.decoding == 3 && decoded.fromFiles.count == 9)
    #expect(decoded.fromFiles == decoded.fromFrames)
  }
}
