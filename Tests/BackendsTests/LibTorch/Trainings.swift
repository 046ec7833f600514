// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Backends
import Foundation
import Galley
import Tensors
import Testing
import Torch

/// Short trainings on digits.
enum Trainings {
  /// Two epochs of a small network.
  static func options(_ change: (inout TrainOptions) -> Void = { _ in }) -> TrainOptions {
    var options = TrainOptions()
    (options.epochs, options.batchSize, options.learningRate, options.seed) = (2, 32, 0.01, 1)
    change(&options)
    return options
  }

  static func run(_ options: TrainOptions, width: Int = 4, depth: Int = 2) throws -> TrainingRun {
    try TrainingRun(options, in: Digits.library) {
      try SmallConvNet(SmallConvNet.Options(width: width, depth: depth)).makeModule(
        inputShape: [1, 8, 8], classes: 10, in: $0)
    }
  }

  /// Trains a small network and gives what came of it.
  static func train(
    _ data: TrainingData? = nil, in folder: TrainingFolder? = nil, callbacks: TrainingCallbacks = TrainingCallbacks(),
    _ change: (inout TrainOptions) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    try run(options(change)).train(on: data ?? Digits.data(), in: folder, callbacks: callbacks)
  }

  /// Trains a single linear layer, which has no normalisation, without shifting images.
  static func trainLinear(
    _ data: TrainingData? = nil, callbacks: TrainingCallbacks = TrainingCallbacks(),
    _ change: (inout TrainOptions) -> Void
  ) throws -> (before: [String: Tensor], outcome: TrainingOutcome) {
    let options = options {
      ($0.augmentation, $0.optimizer, $0.schedule, $0.momentum) = (.none, .sgd, .constant, 0)
      ($0.weightDecay, $0.learningRate) = (0, 1)
      change(&$0)
    }
    let run = try TrainingRun(options, in: Digits.library) { scope in
      try FlatLinear(in: scope)
    }
    return (try run.state.safetensors().tensors, try run.train(on: data ?? Digits.data(), callbacks: callbacks))
  }
}

/// All pixels into one linear layer.
private struct FlatLinear: Module {
  let flatten: Flatten
  let linear: Linear

  init(in scope: Scope) throws {
    flatten = Flatten(in: scope["flatten"])
    linear = try Linear(64, 10, in: scope["linear"])
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    try linear.forward(flatten.forward(input, mode), mode)
  }
}

/// A folder for one test, removed with it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func folder(_ name: String) throws -> String {
    try FileManager.default.createDirectory(atPath: "\(path)/\(name)", withIntermediateDirectories: true)
    return "\(path)/\(name)"
  }

  /// The files below, without folders.
  func files(_ name: String = "") throws -> Set<String> {
    let root = "\(path)/\(name)"
    return Set(
      try FileManager.default.subpathsOfDirectory(atPath: root).filter { path in
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: "\(root)/\(path)", isDirectory: &isFolder) && !isFolder.boolValue
      })
  }
}
