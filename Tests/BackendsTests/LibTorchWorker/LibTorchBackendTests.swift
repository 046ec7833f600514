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

/// An engine's verbs by a real worker in a child process.
@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct LibTorchBackendTests {
  @Test func describesLibTorchAndItsIngredients() async throws {
    let backend = try TorchWorkerFolder().backend
    let description = try await backend.describe()
    #expect(description.name == "torch")
    #expect(description.methods.contains("run"))
    #expect(description.backend == LibTorchBackend.descriptor)
    let architectures = TorchArchitectures.standard.entries.map(\.card.name)
    #expect(description.cards?.map(\.name) == architectures + ["supervised"])
    #expect(description.details?["libtorch"]?.hasPrefix("2.") == true)
    #expect(description.details?["shim"]?.hasSuffix(".so") == true)
  }

  @Test func equalSeedsGiveEqualCheckpointsAndOtherSeedsOthers() async throws {
    let folder = try TorchWorkerFolder()
    let (first, events) = try await folder.run(folder.training(epochs: 2, name: "a"))
    let second = try await folder.run(folder.training(epochs: 2, name: "b")).0
    let other = try await folder.run(folder.training(epochs: 2, name: "c") { $0.seed = 8 }).0
    let digest = try #require(first.files["checkpoint"]?.digest)
    #expect(digest == second.files["checkpoint"]?.digest)
    #expect(digest != other.files["checkpoint"]?.digest)
    #expect(try Digest(ofFileAt: "\(folder.path)/a/checkpoint.safetensors") == digest)
    let reports = events.compactMap { if case .epoch(let report) = $0 { report } else { nil } }
    #expect(reports.map(\.epoch) == [1, 2])
    let steps = events.compactMap { if case .step(let report) = $0 { report.step } else { nil } }
    #expect(steps == Array(1...26))
    #expect(events.first == .started(.train, total: 26, unit: "steps"))
    let history = try JSONDecoder().decode(
      [EpochReport].self, from: Data(contentsOf: URL(filePath: "\(folder.path)/a/history.json")))
    #expect(history == reports)
    #expect(
      first.figures["accuracy"]
        == reports.first { $0.isBest && $0.epoch == Int(first.figures["bestEpoch"] ?? 0) }?.metrics["accuracy"])
    #expect(first.notes.contains { $0.hasPrefix("batchSize is 32: ") })
  }

  @Test func severalThreadsAreReproducibleToo() async throws {
    let folder = try TorchWorkerFolder()
    // One short epoch: on a busy machine LibTorch's threads wait for one another by spinning.
    var digests: Set<Digest> = []
    for name in ["first", "second"] {
      let result = try await folder.run(folder.training(name: name) { $0.threads = 2 }).0
      digests.insert(try #require(result.files["checkpoint"]?.digest))
    }
    #expect(digests.count == 1)
  }

  @Test func checkpointHoldsAllThatMakesTheNetworkAgain() async throws {
    let folder = try TorchWorkerFolder()
    let result = try await folder.run(folder.training()).0
    let checkpoint = try Checkpoint(contentsOf: #require(result.files["checkpoint"]).path)
    #expect(checkpoint.architecture.name == "small-convnet")
    #expect(checkpoint.architecture.options == ["width": .int(4), "depth": .int(2)])
    #expect(checkpoint.labels == Digits.labels)
    #expect(checkpoint.task == .classification)
    #expect(checkpoint.inputShape == [1, 8, 8])
    #expect(checkpoint.seed == 7)
    #expect(checkpoint.trainer.options["epochs"] == .int(1))
    #expect(checkpoint.trainer.options["learningRate"]?.means(.float(0.01)) == true)
    #expect(checkpoint.preprocessing == Preprocessing(scale: 1 / 16))
    #expect(checkpoint.data == folder.digest)
    #expect(checkpoint.libTorchVersion == result.tools["libtorch"])
    #expect(checkpoint.weights["classifier.weight"]?.shape == [10, 8])
    #expect(
      try folder.outputs()
        == ["run/checkpoint.safetensors", "run/history.json", "run/last.safetensors", "run/training-state.safetensors"])
    let meaning = try folder.backend.meaning(of: .checkpoint(#require(result.files["checkpoint"]).path))
    #expect(meaning?.labels == Digits.labels)
    #expect(meaning?.task == .classification)
  }

  @Test func exportWritesAModelAndWhatTheNetworkSays() async throws {
    let folder = try TorchWorkerFolder()
    let trained = try #require(try await folder.run(folder.training(epochs: 2)).0.files["checkpoint"])
    var options = ExportOptions()
    options.samples = 37
    let request = try folder.request(.export(options), model: .checkpoint(trained.path), name: "export")
    let package = try await folder.run(request).0
    #expect(Set(package.files.keys).isSuperset(of: ["model", "card", "certificate"]))
    // What the worker writes for the package to be proven by.
    let worker = try await folder.worker()
    let result = try await worker.call(StandardMethod.run, request, returning: VerbResult.self)
    await worker.stop()
    let path = try #require(result.files["model"]).path
    let model = try Model(data: Data(contentsOf: URL(filePath: path)))
    #expect(model.opset == 18)
    #expect(try model.inputs.map(\.shape) == [[nil, 1, 8, 8]])
    let card = try JSONDecoder().decode(
      ModelCard.self, from: Data(#require(model.metadata["galley.card"]).utf8))
    #expect(card.labels == Digits.labels)
    #expect(model.metadata["galley.checkpoint.sha256"] == trained.digest.hex)
    let reference = try #require(result.files["reference"]).path
    let file = try Safetensors(Data(contentsOf: URL(filePath: reference)))
    #expect(try file.tensor("logits").shape == [37, 10])
    #expect(try file.tensor("input").shape == [37, 1, 8, 8])
    let ids = try JSONDecoder().decode([String].self, from: Data(#require(file.metadata["ids"]).utf8))
    #expect(ids == (400..<437).map { "digit-\($0)" })
    try await compareWithONNXRuntime(path, reference)
  }

  @Test func aCheckpointIsJudgedAndAnswers() async throws {
    let folder = try TorchWorkerFolder()
    let trained = try await folder.run(folder.training(epochs: 12) { $0.learningRate = 0.02 }).0
    let model = ModelReference.checkpoint(try #require(trained.files["checkpoint"]).path)
    let validated = try await folder.run(
      folder.request(.validate(EvaluateOptions()), model: model, name: "validate")
    ).0
    #expect(validated.figures["accuracy"] == trained.figures["accuracy"])
    let (tested, events) = try await folder.run(
      folder.request(.test(EvaluateOptions()), model: model, name: "test"))
    #expect(tested.itemCounts.ok == 100)
    #expect(try #require(tested.figures["accuracy"]) > 0.5)
    #expect(events.count { if case .item = $0 { true } else { false } } == 100)
  }

  @Test func cancelledTrainingLeavesItsStateAndGoesOn() async throws {
    let folder = try TorchWorkerFolder()
    let (begun, signal) = AsyncStream.makeStream(of: Void.self)
    var request = try folder.training(epochs: 100, name: "cancelled")
    let task = Task { [request] in
      defer { signal.finish() }
      return try await folder.backend.run(request, events: EventSink { if case .step = $0 { signal.yield() } })
    }
    await begun.first { _ in true }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(
      try folder.outputs().isSuperset(of: [
        "cancelled/training-state.safetensors", "cancelled/last.safetensors", "cancelled/history.json",
      ]))
    guard case .train(var options) = request.work else { return }
    options.resume = request.folder
    request.work = .train(options)
    request.folder = try folder.folder("resumed")
    let task2 = Task { [request] in
      try await folder.backend.run(request, events: EventSink { _ in })
    }
    #expect(try await task2.value.figures["steps"] == 1300)
  }

  @Test func warningsOfLibTorchReachTheUserOnce() async throws {
    let folder = try TorchWorkerFolder()
    let lines = Mutex<[String]>([])
    // In the form that `DeterminismTests` sees LibTorch write.
    let warning = "an_operation does not have a deterministic implementation, but you set warn_only"
    let print = "echo '[W1126 00:00:00.000000001 Context.cpp:149] Warning: \(warning) (function alert)' >&2"
    let backend = LibTorchBackend(
      executable: "/bin/sh",
      arguments: [
        "-c", "\(print); \(print); echo other >&2; exec \"$0\" \"$@\"", TorchWorkerFolder.program,
        TorchWorkerFolder.natives,
      ], onLog: { line in lines.withLock { $0.append(line.message) } })
    let events = Mutex<[EngineEvent]>([])
    _ = try await backend.run(
      folder.training { $0.maxSteps = 1 }, events: EventSink { event in events.withLock { $0.append(event) } })
    let warnings = events.withLock { $0 }.compactMap { if case .warning(let text) = $0 { text } else { nil } }
    #expect(warnings == ["LibTorch warns: \(warning)"])
    #expect(lines.withLock { $0.count { $0.contains(warning) } } == 2)
  }

  @Test func wrongChoicesAreRefusedByName() async throws {
    let folder = try TorchWorkerFolder()
    var request = try folder.training()
    request.model = .architecture(IngredientChoice("smal-convnet"))
    let architecture = await error { try await folder.run(request) }
    #expect(architecture?.why.contains("did you mean small-convnet?") == true)
    #expect(
      folder.backend.match(.train, request.model, task: .classification)
        == .no(["libtorch has no architecture 'smal-convnet'; did you mean small-convnet?"]))
    request = try folder.training()
    request.backendOptions = ["magic": true]
    let unknown = await error { try await folder.run(request) }
    #expect(unknown?.what == "can't use the option 'magic'")
    request = try folder.training()
    request.task = .detection
    let task = await error { try await folder.run(request) }
    #expect(task?.why == "libtorch can't do detection")
    let test = try folder.request(.test(EvaluateOptions()))
    let form = await error { try await folder.run(test) }
    #expect(form?.why == "libtorch can't test an architecture by name")
  }

  @Test func missingAndForeignFilesAreNamed() async throws {
    let folder = try TorchWorkerFolder()
    var request = try folder.training()
    request.data = .prepared(path: "\(folder.path)/nothing", digest: folder.digest)
    let missing = await error { try await folder.run(request) }
    #expect(missing?.exitCode == .missingInput)
    #expect(missing?.place == request.data.path)
    let export = try folder.request(.export(ExportOptions()), model: .checkpoint(folder.data), name: "run")
    let foreign = await error { try await folder.run(export) }
    #expect(foreign?.exitCode == .badData)
    #expect(foreign?.place == folder.data)
    #expect(try folder.outputs() == [])
  }

  @Test func classesThatDifferAreSaid() async throws {
    let folder = try TorchWorkerFolder()
    var request = try folder.training()
    request.labels = Array(Digits.labels.dropLast()) + ["ten"]
    let differing = await error { try await folder.run(request) }
    #expect(
      differing?.why
        == "the data has 10 classes, the model 10: the model doesn't know '9'; the data lacks 'ten'")
    request.labels = Digits.labels.reversed()
    let order = await error { try await folder.run(request) }
    #expect(order?.why.hasSuffix("the classes are the same in another order") == true)
  }

  @Test func folderThatCantBeWrittenIsSaid() async throws {
    let folder = try TorchWorkerFolder()
    var request = try folder.training()
    request.folder = "\(folder.data)/run"
    let error = await error { try await folder.run(request) }
    #expect(error?.exitCode == .cantCreate)
    #expect(error?.place?.hasPrefix(folder.data) == true)
  }

  @Test func batchesAreMadeToFitTheMemory() async throws {
    let folder = try TorchWorkerFolder()
    var request = try folder.training(epochs: 1) {
      ($0.batchSize, $0.memoryBudget, $0.optimizer, $0.schedule) = (128, 1 << 40, .sgd, .constant)
    }
    let roomy = try await folder.run(request).0
    #expect(roomy.notes.first?.hasPrefix("Batches of 128 items need ") == true)
    #expect(roomy.figures["steps"] == 4)
    guard case .train(var options) = request.work else { return }
    options.memoryBudget = 10 << 20
    request.work = .train(options)
    let tight = await error { try await folder.run(request) }
    #expect(tight?.place == "memoryBudget")
    #expect(tight?.why.hasPrefix("not even a batch of one item fits into 10 MiB; it needs ") == true)
    #expect(try folder.outputs().allSatisfy { !$0.contains("trial") })
  }

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
    #expect(worker.description.methods.contains("run"))
    await worker.stop()
  }
}
