// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Files
import Foundation
import Galley
import Synchronization
import Tensors
import Testing
import WorkerProtocol

/// A training whose process is killed and that goes on ends in the bits of one that was not.
@Suite(.enabled(if: Digits.isAvailable, Digits.absence))
struct ResumeTests {
  private static let kinds: [(String, @Sendable (inout TrainOptions) -> Void)] = [
    ("shifted digits with AdamW", { _ in }),
    (
      "accumulated SGD, validated within epochs",
      {
        ($0.optimizer, $0.accumulate, $0.validateEvery, $0.batchSize) = (.sgd, 3, 0.4, 16)
      }
    ),
    (
      "varied and mixed images with RMSprop",
      {
        ($0.optimizer, $0.augmentation, $0.mixup, $0.workers, $0.learningRate) = (.rmsprop, .standard, 0.3, 2, 1e-3)
      }
    ),
    (
      "frozen layers, labels smoothed, checkpoints kept",
      {
        ($0.freeze, $0.unfreezeAtEpoch, $0.labelSmoothing, $0.checkpointEvery) = (["features.0"], 3, 0.1, 1)
      }
    ),
  ]

  @Test(arguments: kinds)
  func aKilledRunEndsInTheSameBits(name: String, change: @Sendable (inout TrainOptions) -> Void) async throws {
    let folder = try TorchWorkerFolder()
    let whole = try await folder.run(folder.training(epochs: 4, name: "whole", change)).0
    // Killed three times, at steps that end neither an epoch nor a group of gradients.
    var request = try folder.training(epochs: 4, name: "part-0", change)
    for (part, step) in [5, 17, 38].enumerated() {
      try await folder.kill(request, atStep: step)
      guard case .train(var options) = request.work else { return }
      options.resume = request.folder
      request.work = .train(options)
      // Once in a folder of its own, once in the same.
      if part < 2 { request.folder = try folder.folder("part-\(part + 1)") }
    }
    let resumed = try await folder.run(request).0
    for file in ["checkpoint", "last"] {
      #expect(resumed.files[file]?.digest == whole.files[file]?.digest, "\(file) differs")
    }
    let states = try [whole, resumed].map { result in
      let path = try #require(result.files["last"]).path.replacing(
        "last.safetensors", with: "training-state.safetensors")
      return try Safetensors(Data(contentsOf: URL(filePath: path))).tensors
    }
    #expect(states[0] == states[1])
    let histories = try [whole, resumed].map { result in
      try JSONDecoder().decode(
        [EpochReport].self, from: Data(contentsOf: URL(filePath: #require(result.files["history"]).path))
      ).map {
        var report = $0
        report.seconds = 0
        return report
      }
    }
    #expect(histories[0] == histories[1])
    if try folder.temporary.files("whole").contains("checkpoints/epoch-00001.safetensors") {
      #expect(
        try folder.temporary.files("whole").filter { $0.hasPrefix("checkpoints/epoch") }
          == folder.temporary.files("part-2").filter { $0.hasPrefix("checkpoints/epoch") })
    }
  }

  /// A run that goes on in a folder of its own, and is killed before it has kept anything there itself.
  @Test func aRunThatGoesOnElsewhereCanBeTakenUpThereAtOnce() async throws {
    let folder = try TorchWorkerFolder()
    let whole = try await folder.run(folder.training(epochs: 3, name: "whole") { _ in }).0
    var request = try folder.training(epochs: 3, name: "first") { _ in }
    try await folder.kill(request, atStep: 9)
    guard case .train(var options) = request.work else { return }
    for name in ["second", "third"] {
      options.resume = request.folder
      request.work = .train(options)
      request.folder = try folder.folder(name)
      if name == "second" { try await folder.kill(request, atStep: 0) }
    }
    let resumed = try await folder.run(request).0
    #expect(resumed.files["last"]?.digest == whole.files["last"]?.digest)
  }

  @Test func aCancelledRunGoesOnInTheMiddleOfAGroupOfGradients() throws {
    let folder = try TemporaryFolder()
    func options(_ options: inout TrainOptions) {
      (options.accumulate, options.epochs, options.optimizer, options.loggers) = (4, 3, .sgd, [.csv, .jsonLines])
    }
    let whole = try Trainings.train(in: TrainingFolder(folder.folder("whole")), options)
    for step in [2, 9, 18] {
      var steps = 0
      let first = try folder.folder("cut-\(step)")
      let callbacks = TrainingCallbacks(
        onStep: {
          steps = $0.step
          return .proceed
        }, isCancelled: { steps == step })
      #expect(throws: GalleyError.self) {
        try Trainings.train(in: TrainingFolder(first), callbacks: callbacks, options)
      }
      let second = try folder.folder("resumed-\(step)")
      let resumed = try Trainings.train(in: TrainingFolder(second, resume: first), options)
      #expect(resumed.lastWeights == whole.lastWeights)
      #expect(resumed.weights == whole.weights)
      // The logs are those of one run: the same columns without the times.
      let logs = try ["whole", "resumed-\(step)"].map { name in
        try String(contentsOfFile: "\(folder.path)/\(name)/metrics.csv", encoding: .utf8).split(
          whereSeparator: \.isNewline
        ).map {
          let fields = $0.split(separator: ",", omittingEmptySubsequences: false)
          return Array(fields[..<2] + fields[3...])
        }
      }
      #expect(logs[0] == logs[1])
      #expect(logs[0].count == 22)
    }
  }

  @Test func aFinishedRunGivesItsResultAgain() throws {
    let folder = try TemporaryFolder()
    let whole = try Trainings.train(in: TrainingFolder(folder.folder("a")))
    var steps = 0
    let callbacks = TrainingCallbacks(onStep: { _ in
      steps += 1
      return .proceed
    })
    let again = try Trainings.train(
      in: TrainingFolder(folder.folder("b"), resume: "\(folder.path)/a"), callbacks: callbacks)
    #expect(steps == 0)
    #expect(again.weights == whole.weights)
    #expect(again.epochs == whole.epochs)
  }

  @Test func anotherRunCantGoOnFromIt() throws {
    let folder = try TemporaryFolder()
    _ = try Trainings.train(in: TrainingFolder(folder.folder("a")))
    let error = #expect(throws: GalleyError.self) {
      try Trainings.train(in: TrainingFolder(folder.folder("b"), resume: "\(folder.path)/a")) { $0.batchSize = 16 }
    }
    #expect(error?.why == "it is another one: batchSize was 32 and is now 16")
    let missing = #expect(throws: GalleyError.self) {
      try Trainings.train(in: TrainingFolder(folder.folder("b"), resume: "\(folder.path)/c"))
    }
    #expect(missing?.exitCode == .missingInput)
  }

  @Test func aKilledWorkerIsOneClearErrorThatSaysHowToGoOn() async throws {
    let folder = try TorchWorkerFolder()
    let request = try folder.training(epochs: 100_000)
    var backend = folder.backend
    backend.environment = ["GALLEY_TEST_WORKER": folder.path]
    let error = await #expect(throws: GalleyError.self) {
      try await backend.run(
        request,
        events: EventSink { event in
          if case .step(let report) = event, report.step >= 20 { Self.killWorker(named: folder.path) }
        })
    }
    #expect(error?.what == "the worker 'torch' failed during 'run'")
    #expect(error?.why.hasPrefix("killed by signal 9 (SIGKILL): perhaps out of memory") == true)
    #expect(error?.exitCode == .tryAgain)
    #expect(error?.remedy?.hasSuffix("train with resume to go on from there.") == true)
    #expect(try folder.outputs().contains("run/training-state.safetensors"))
  }

  /// Kills the worker that was started with a variable of this value.
  private static func killWorker(named name: String) {
    for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
      guard let process = pid_t(entry),
        let environment = FileManager.default.contents(atPath: "/proc/\(entry)/environ"),
        String(decoding: environment, as: UTF8.self).contains("GALLEY_TEST_WORKER=\(name)\0")
      else { continue }
      Glibc.kill(process, SIGKILL)
    }
  }
}
