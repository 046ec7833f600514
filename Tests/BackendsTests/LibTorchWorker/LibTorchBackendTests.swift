// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Backends
import Files
import Foundation
import Galley
import ONNX
import Synchronization
import Tensors
import Testing
import WorkerProtocol

/// Training and export by a real worker in a child process.
@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct LibTorchBackendTests {
  @Test func describesLibTorchAndItsIngredients() async throws {
    let description = try await TorchWorkerFolder().backend.describe()
    #expect(description.name == "torch")
    #expect(description.methods == ["export", "train"])
    let architectures = TorchArchitectures.standard.entries.map(\.card.name)
    #expect(description.cards?.map(\.name) == architectures + ["supervised"])
    #expect(description.details?["libtorch"]?.hasPrefix("2.") == true)
    #expect(description.details?["shim"]?.hasSuffix(".so") == true)
  }

  @Test func equalSeedsGiveEqualCheckpointsAndOtherSeedsOthers() async throws {
    let folder = try TorchWorkerFolder()
    let epochs = Mutex<[WorkerProgress]>([])
    let first = try await folder.backend.train(folder.request(epochs: 2, name: "a")) { report in
      if report.metrics["validationAccuracy"] != nil { epochs.withLock { $0.append(report) } }
    }
    let second = try await folder.backend.train(folder.request(epochs: 2, name: "b"))
    let other = try await folder.backend.train(folder.request(epochs: 2, seed: 8, name: "c"))
    #expect(try bytes(first.checkpoint) == bytes(second.checkpoint))
    #expect(try bytes(first.checkpoint) != bytes(other.checkpoint))
    #expect(first.digest == second.digest)
    #expect(try Digest(ofFileAt: first.checkpoint) == first.digest)
    #expect(epochs.withLock { $0 }.map(\.completed) == [1, 2])
    #expect(first.epochs.map(\.epoch) == [1, 2])
    let history = try JSONDecoder().decode([EpochReport].self, from: bytes(first.history))
    #expect(history == first.epochs)
  }

  @Test func severalThreadsAreReproducibleToo() async throws {
    let folder = try TorchWorkerFolder()
    // One short epoch: on a busy machine LibTorch's threads wait for one another by spinning.
    var digests: Set<Digest> = []
    for name in ["first", "second"] {
      var request = folder.request(epochs: 1, name: name)
      request.threads = 2
      digests.insert(try await folder.backend.train(request).digest)
    }
    #expect(digests.count == 1)
  }

  @Test func checkpointHoldsAllThatMakesTheNetworkAgain() async throws {
    let folder = try TorchWorkerFolder()
    let result = try await folder.backend.train(folder.request(epochs: 1))
    let checkpoint = try Checkpoint(contentsOf: result.checkpoint)
    #expect(checkpoint.architecture.name == "small-convnet")
    #expect(checkpoint.architecture.options == ["width": .int(4), "depth": .int(2)])
    #expect(checkpoint.labels == (0...9).map { "\($0)" })
    #expect(checkpoint.inputShape == [1, 8, 8])
    #expect(checkpoint.seed == 7)
    #expect(checkpoint.trainer.options["epochs"] == .int(1))
    #expect(checkpoint.trainer.options.keys.contains("learningRate"))
    #expect(checkpoint.preprocessing == Preprocessing(scale: 1 / 16))
    #expect(try checkpoint.data == Digest(ofFileAt: folder.data))
    #expect(checkpoint.libTorchVersion == result.libTorchVersion)
    #expect(checkpoint.weights["classifier.weight"]?.shape == [10, 8])
    #expect(try folder.outputs() == ["run/checkpoint.safetensors", "run/history.json"])
  }

  @Test func exportWritesAModelAndWhatTheNetworkSays() async throws {
    let folder = try TorchWorkerFolder()
    let trained = try await folder.backend.train(folder.request(epochs: 2))
    let result = try await folder.backend.export(
      ExportRequest(
        checkpoint: trained.checkpoint, model: "\(folder.path)/model.onnx",
        samples: .init(data: folder.data, limit: 37, output: "\(folder.path)/reference.safetensors")))
    let model = try Model(data: bytes(result.model.path))
    #expect(model.opset == 18)
    #expect(try model.inputs.map(\.shape) == [[nil, 1, 8, 8]])
    #expect(
      try JSONDecoder().decode(ModelCard.self, from: Data(#require(model.metadata["galley.card"]).utf8)) == result.card)
    #expect(model.metadata["galley.checkpoint.sha256"] == trained.digest.hex)
    #expect(result.card.labels.count == 10)
    #expect(try result.model == ModelFile(at: result.model.path, format: .onnx))
    let reference = try #require(result.reference)
    let file = try Safetensors(bytes(reference.path))
    #expect(try file.tensor("logits").shape == [37, 10])
    #expect(try file.tensor("input").shape == [37, 1, 8, 8])
    #expect(reference.ids == (400..<437).map { "digit-\($0)" })
    try await compareWithONNXRuntime(result.model.path, reference.path)
  }

  @Test func cancelledTrainingLeavesNothing() async throws {
    let folder = try TorchWorkerFolder()
    let (begun, signal) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      defer { signal.finish() }
      return try await folder.backend.train(folder.request(epochs: 100_000)) { _ in signal.yield() }
    }
    await begun.first { _ in true }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try folder.outputs() == [])
  }

  @Test func killedWorkerIsOneClearErrorAndLeavesNothing() async throws {
    let folder = try TorchWorkerFolder()
    let worker = try await WorkerProcess.start(
      executable: TorchWorkerFolder.program, arguments: [TorchWorkerFolder.natives], name: "torch")
    let process = try #require(worker.processID)
    let error = await #expect(throws: GalleyError.self) {
      try await worker.call(
        "train", folder.request(epochs: 100_000), returning: TrainResult.self,
        onProgress: { if $0.completed == 2 { kill(process, SIGKILL) } })
    }
    #expect(error?.what == "the worker 'torch' failed during 'train'")
    #expect(error?.why.hasPrefix("killed by signal 9 (SIGKILL): perhaps out of memory") == true)
    #expect(error?.exitCode == .tryAgain)
    #expect(try folder.outputs() == [])
  }

  @Test func wrongChoicesAreRefusedByName() async throws {
    let folder = try TorchWorkerFolder()
    var request = folder.request(epochs: 1)
    request.architecture.name = "smal-convnet"
    let architecture = await error { try await folder.backend.train(request) }
    #expect(architecture?.why.contains("did you mean small-convnet?") == true)
    request = folder.request(epochs: 1)
    request.trainer.options["epoch"] = .int(1)
    let unknown = await error { try await folder.backend.train(request) }
    #expect(unknown?.why == "supervised has no such option; did you mean epochs?")
    request = folder.request(epochs: 0)
    let bounds = await error { try await folder.backend.train(request) }
    #expect(bounds?.exitCode == .configuration)
    #expect(bounds?.what == "can't use the option 'epochs'")
  }

  @Test func missingAndForeignFilesAreNamed() async throws {
    let folder = try TorchWorkerFolder()
    var request = folder.request(epochs: 1)
    request.data = "\(folder.path)/nothing"
    let missing = await error { try await folder.backend.train(request) }
    #expect(missing?.exitCode == .missingInput)
    #expect(missing?.place == request.data)
    let foreign = await error {
      try await folder.backend.export(ExportRequest(checkpoint: folder.data, model: "\(folder.path)/model.onnx"))
    }
    #expect(foreign?.exitCode == .badData)
    #expect(foreign?.place == folder.data)
    #expect(try folder.outputs() == [])
  }

  @Test func folderThatCantBeWrittenIsSaid() async throws {
    let folder = try TorchWorkerFolder()
    var request = folder.request(epochs: 1)
    request.history = "\(folder.data)/history.json"
    let error = await error { try await folder.backend.train(request) }
    #expect(error?.exitCode == .cantCreate)
    #expect(error?.place == folder.data)
    #expect(try folder.outputs() == [])
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  private func error<Value>(_ body: () async throws -> Value) async -> GalleyError? {
    await #expect(throws: GalleyError.self) { try await body() }
  }

  /// Python's onnxruntime reads both files and tells the largest difference.
  private func compareWithONNXRuntime(_ model: String, _ reference: String) async throws {
    let python = Digits.package.appending(path: ".peers/bin/python3").path()
    guard FileManager.default.isExecutableFile(atPath: python) else { return }
    struct Difference: Decodable, Sendable { var largest: Double }
    let program = """
      import json, sys, numpy, onnx, onnxruntime
      def read(path):
        data = open(path, "rb").read()
        length = int.from_bytes(data[:8], "little")
        header = json.loads(data[8:8 + length])
        def tensor(name):
          start, end = header[name]["data_offsets"]
          return numpy.frombuffer(data[8 + length + start:8 + length + end], "<f4").reshape(header[name]["shape"])
        return tensor("input"), tensor("logits")
      def compare():
        onnx.checker.check_model(sys.argv[1], full_check=True)
        input, logits = read(sys.argv[2])
        session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
        return float(abs(session.run(None, {"input": input})[0] - logits).max())
      for line in sys.stdin:
        request = json.loads(line)
        result = {"largest": compare()} if request["method"] == "compare" else \\
          {"protocolVersion": 1, "name": "onnxruntime", "version": "1", "methods": ["compare"]}
        print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
      """
    var settings = WorkerProcess.Settings()
    settings.startTimeout = .seconds(60)
    let worker = try await WorkerProcess.start(
      executable: python, arguments: ["-c", program, model, reference], name: "onnxruntime", settings: settings)
    let difference = try await worker.call("compare", Nothing(), returning: Difference.self)
    #expect(difference.largest < 1e-4)
    await worker.stop()
  }
}

/// What doesn't need LibTorch.
struct LibTorchWorkerTests {
  @Test func missingLibraryIsSaidWithAllPlaces() async throws {
    let backend = LibTorchBackend(executable: TorchWorkerFolder.program, arguments: ["/nowhere/native"])
    let error = await #expect(throws: GalleyError.self) { try await backend.describe() }
    #expect(error?.exitCode == .unavailable)
    #expect(error?.what == "can't open LibTorch")
    #expect(error?.description.contains("/nowhere/native") == true)
  }

  @Test func workerStartsWithoutLibTorch() async throws {
    let worker = try await WorkerProcess.start(
      executable: TorchWorkerFolder.program, arguments: ["/nowhere/native"], name: "torch")
    #expect(worker.description.methods == ["export", "train"])
    await worker.stop()
  }
}
