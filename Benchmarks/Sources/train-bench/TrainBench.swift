// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Datasets
import Foundation
import Galley
import Images
import NativeLibraries
import ONNX
import Tensors
import Torch

/// Trains a network of the room Architectures, as many steps at a time as it is told to.
///
///     train-bench ARCHITECTURE BATCH SIDE THREADS contiguous|channelsLast [FOLDER LOADERS]
///
/// Each line of standard input is a number of steps on drawn images, answered by the seconds that they took; `epoch`, a
/// pass over the JPEG files of the folder, loaded by so many threads while the network computes; or `export`, answered by
/// the seconds that tracing the network and serializing its ONNX file took. `training.py` in the folder `peer` runs it
/// in turns with PyTorch.
@main
struct TrainBench {
  static func main() {
    do {
      try run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      FileHandle.standardError.write(Data("train-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run(_ arguments: [String]) throws {
    guard arguments.count == 5 || arguments.count == 7, let batch = Int(arguments[1]), let side = Int(arguments[2]),
      let threads = Int(arguments[3]), let format = MemoryFormat(rawValue: arguments[4])
    else {
      throw Failure(
        description: "usage: train-bench ARCHITECTURE BATCH SIDE THREADS contiguous|channelsLast [FOLDER LOADERS]")
    }
    TorchLibrary.keepFreedMemory()
    let library = try TorchLibrary.open()
    try library.setThreadCount(threads)
    let subject = try Subject(arguments[0], batch: batch, side: side, format, in: library)
    let photos = arguments.count == 7 ? try photos(in: arguments[5], arguments[6], batch: batch, side: side) : nil
    print("ready")
    fflush(nil)
    var epoch = 0
    while let line = readLine() {
      let start = ContinuousClock.now
      switch line {
      case "export": try subject.export()
      case "epoch":
        guard let photos else { throw Failure(description: "no folder was given") }
        try subject.pass(over: photos.epoch(epoch))
        epoch += 1
      default: for _ in 0..<(Int(line) ?? 0) { try subject.step() }
      }
      print((ContinuousClock.now - start) / .seconds(1))
      fflush(nil)
    }
  }

  private static func photos(
    in folder: String, _ loaders: String, batch: Int, side: Int
  ) throws -> TrainingBatches {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".jpg") }.sorted()
    return try TrainingBatches(
      names.enumerated().map { TrainingItem(id: $1, source: .file("\(folder)/\($1)"), classes: [$0 * 7 % 1000]) },
      classCount: 1000,
      preprocessing: Preprocessing(
        scale: 1 / 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225],
        fit: ImageFit(size: Images.PixelSize(width: side, height: side)), colors: .rgb),
      options: TrainingBatches.Options(
        batchSize: batch, seed: 1, limits: LoaderLimits(threads: Int(loaders) ?? 2, items: 2 * batch)))
  }

  struct Failure: Error, CustomStringConvertible { let description: String }
}

/// A network, a batch and an optimizer.
private struct Subject {
  private let library: TorchLibrary
  private let module: any Module
  private let state: ModuleState
  private let inputs, targets: TorchTensor
  private let optimizer: SGD
  private let side: Int
  private let format: MemoryFormat

  init(_ name: String, batch: Int, side: Int, _ format: MemoryFormat, in library: TorchLibrary) throws {
    guard let entry = TorchArchitectures.standard.entry(named: name) else {
      throw TrainBench.Failure(description: "no architecture \(name)")
    }
    let state = ModuleState(library: library)
    module = try entry.make(IngredientChoice(name)).makeModule(
      inputShape: [3, side, side], classes: 1000, in: state.root)
    try state.arrange(format)
    let images = try TorchTensor.full(0, shape: [batch, 3, side, side], in: library)
    try images.fillNormally(mean: 0, standardDeviation: 1)
    inputs = try images.arranged(format)
    targets = try TorchTensor((0..<batch).map { Int64($0 * 7 % 1000) }, shape: [batch], in: library)
    optimizer = try SGD(
      [ParameterGroup(state.parameters, weightDecay: 1e-4)], learningRate: 0.01, momentum: 0.9, isFused: true)
    (self.state, self.library, self.side, self.format) = (state, library, side, format)
  }

  func step() throws { try step(inputs, targets) }

  /// Trains on every batch of an epoch.
  func pass(over epoch: TrainingEpoch) throws {
    while let batch = epoch.nextBlocking() {
      if let failure = batch.failures.first { throw failure.error }
      try step(
        TorchTensor(batch.inputs, in: library).arranged(format),
        TorchTensor(batch.classes.map(Int64.init), shape: [batch.count], in: library))
    }
  }

  private func step(_ inputs: TorchTensor, _ targets: TorchTensor) throws {
    try optimizer.clearGradients()
    let loss = try module(inputs, .training).crossEntropy(targets: targets)
    try loss.backward()
    try optimizer.step()
    _ = try loss.item()
  }

  func export() throws {
    let model = try module.exportONNX(inputShape: [3, side, side], in: library)
    _ = try model.serialized()
  }
}
