// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Foundation
import Galley
import NativeLibraries
import ONNX
import Torch

/// Trains a network of the room Architectures on drawn images, as many steps at a time as it is told to.
///
///     train-bench ARCHITECTURE BATCH SIDE THREADS contiguous|channelsLast
///
/// Each line of standard input is a number of steps, answered by the seconds that they took, or `export`, answered by
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
    guard arguments.count == 5, let batch = Int(arguments[1]), let side = Int(arguments[2]),
      let threads = Int(arguments[3]), let format = MemoryFormat(rawValue: arguments[4])
    else { throw Failure(description: "usage: train-bench ARCHITECTURE BATCH SIDE THREADS contiguous|channelsLast") }
    TorchLibrary.keepFreedMemory()
    let library = try TorchLibrary.open()
    try library.setThreadCount(threads)
    let subject = try Subject(arguments[0], batch: batch, side: side, format, in: library)
    print("ready")
    fflush(nil)
    while let line = readLine() {
      let start = ContinuousClock.now
      if line == "export" { try subject.export() } else { for _ in 0..<(Int(line) ?? 0) { try subject.step() } }
      print((ContinuousClock.now - start) / .seconds(1))
      fflush(nil)
    }
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
    (self.state, self.library, self.side) = (state, library, side)
  }

  func step() throws {
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
