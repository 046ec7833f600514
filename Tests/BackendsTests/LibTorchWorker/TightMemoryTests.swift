// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Files
import Foundation
import Galley
import Synchronization
import Tensors
import Testing
import WorkerProtocol

/// Trainings whose process hasn't the memory that they ask for.
@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct TightMemoryTests {
  /// Images large enough that a batch needs far more memory than all else in the process.
  private static func training(_ folder: TorchWorkerFolder, _ name: String, batchSize: Int, resume: String? = nil)
    throws
    -> VerbRequest
  {
    let (count, side) = (36, 256)
    func items(_ range: Range<Int>) throws -> LabeledItems {
      let pixels = range.flatMap { item in (0..<side * side).map { UInt8(truncatingIfNeeded: $0 &* (item + 3)) } }
      return try LabeledItems(
        ids: range.map { "image-\($0)" }, inputs: Tensor(pixels, shape: [range.count, side, side, 1]),
        classes: range.map { $0 % 2 }, labels: ["even", "odd"])
    }
    let path = "\(folder.path)/images.safetensors"
    let data = try PreparedData(
      subsets: [.train: items(0..<count - 4), .validation: items(count - 4..<count)],
      preprocessing: Preprocessing(scale: 1 / 255))
    var request = try folder.training(name: name) {
      ($0.batchSize, $0.maxSteps, $0.resume, $0.threads, $0.augmentation) = (batchSize, 1, resume, 1, .none)
    }
    request.model = .architecture(IngredientChoice("small-convnet", options: ["width": .int(32), "depth": .int(1)]))
    request.data = .prepared(path: path, digest: try data.write(to: path))
    (request.labels, request.preprocessing) = (data.labels, data.preprocessing)
    return request
  }

  /// The most address space that a training's process had once it was over, in KiB.
  private static func addressSpace(_ folder: TorchWorkerFolder, _ request: VerbRequest) async throws -> Int {
    let worker = try await folder.worker()
    let process = try #require(worker.processID)
    _ = try await worker.call(StandardMethod.run, request, returning: VerbResult.self)
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    await worker.stop()
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmPeak:") })
    return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
  }

  @Test func trainingThatGetsNoMoreMemorySaysSoAndGoesOnWhereItGetsSome() async throws {
    let folder = try TorchWorkerFolder()
    let usual = try await Self.addressSpace(folder, Self.training(folder, "small", batchSize: 2))
    // A layer's output for the whole batch is 256 MiB.
    let limit = usual + 128 * 1024
    let limited = LibTorchBackend(
      executable: "/bin/sh",
      arguments: [
        "-c", "ulimit -v \(limit); exec \"$0\" \"$@\"", TorchWorkerFolder.program, TorchWorkerFolder.natives,
      ])
    let request = try Self.training(folder, "tight", batchSize: 32)
    let error = await #expect(throws: GalleyError.self) {
      try await limited.run(request, events: EventSink { _ in })
    }
    #expect(error?.exitCode == .tryAgain)
    #expect(error?.what == "can't train")
    #expect(error?.why.contains("can't allocate memory") == true, "\(error.map(String.init(describing:)) ?? "")")
    #expect(error?.remedy?.hasPrefix("Use smaller batches or a smaller model. The option memoryBudget") == true)
    #expect(error?.remedy?.contains("\(request.folder): with the same batch, train with resume") == true)
    #expect(try folder.outputs().contains("tight/training-state.safetensors"))
    #expect(try !folder.outputs().contains("tight/checkpoint.safetensors"))
    let resumed = try await folder.run(Self.training(folder, "roomy", batchSize: 32, resume: request.folder)).0
    #expect(resumed.figures["steps"] == 1)
  }

  @Test func theLargestBatchThatFitsIsFoundBetweenOneAndTheAskedOne() async throws {
    let folder = try TorchWorkerFolder()
    func request(_ batchSize: Int, _ name: String, budget: Int?) throws -> VerbRequest {
      var request = try Self.training(folder, name, batchSize: batchSize)
      guard case .train(var options) = request.work else { return request }
      options.memoryBudget = budget
      request.work = .train(options)
      return request
    }
    func peak(_ batchSize: Int) async throws -> Double {
      let result = try await folder.run(request(batchSize, "peak-\(batchSize)", budget: nil)).0
      return try #require(result.figures["peakMemoryBytes"])
    }
    let (least, most) = (try await peak(1), try await peak(32))
    #expect(most - least > 256 * 1024 * 1024)
    let budget = Int((least + most) / 2)
    let result = try await folder.run(request(32, "fitted", budget: budget)).0
    #expect(try #require(result.figures["peakMemoryBytes"]) <= Double(budget) * 1.05)
    let checkpoint = try Checkpoint(contentsOf: #require(result.files["checkpoint"]).path)
    guard case .int(let size)? = checkpoint.trainer.options["batchSize"],
      case .int(let accumulated)? = checkpoint.trainer.options["accumulate"]
    else {
      Issue.record("the checkpoint doesn't say its batch")
      return
    }
    #expect((4...28).contains(size), "\(size)")
    #expect(accumulated == Int((32.0 / Double(size)).rounded()))
    let note = try #require(result.notes.first)
    #expect(note.hasPrefix("Batches of \(size) items need "))
    #expect(note.contains("; 32 would need more. The gradients of \(accumulated) batches are added up"))
    #expect(try folder.outputs().allSatisfy { !$0.contains("trial") })
  }
}
