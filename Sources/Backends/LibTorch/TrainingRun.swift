// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

internal import FoundationEssentials
internal import Tensors

/// Trains a classifier: steps over batches, validation, the best weights kept.
///
/// Equal options, items and thread counts give equal weights, bit for bit, also if the run was interrupted at any
/// instant and went on from its folder. Runs in one process wait for one another: LibTorch has one random generator.
///
/// ```swift
/// let run = try TrainingRun(TrainOptions(), in: library) { scope in
///   try architecture.makeModule(inputShape: data.inputShape, classes: 10, in: scope)
/// }
/// let outcome = try run.train(on: data, in: TrainingFolder("runs/first"))
/// let model = try run.module.exportONNX(inputShape: [1, 8, 8], in: library)
/// ```
public struct TrainingRun {
  /// The network; holds the best weights after training.
  public let module: any Module
  /// The network's parameters and buffers.
  public let state: ModuleState
  /// How it is trained; what is left to the plan is chosen when the data is known.
  public let options: TrainOptions
  /// LibTorch.
  public let library: TorchLibrary

  /// Seeds LibTorch and makes the network.
  /// - Parameters:
  ///   - options: How it is trained.
  ///   - library: LibTorch.
  ///   - make: Makes the network under a scope.
  /// - Throws: `TorchError` if LibTorch refuses, and what `make` throws.
  public init(_ options: TrainOptions, in library: TorchLibrary, make: (Scope) throws -> any Module) throws {
    let state = ModuleState(library: library)
    module = try library.withSeed(options.seedBits) { try make(state.root) }
    self.state = state
    self.options = options
    self.library = library
  }

  /// Trains, and leaves the best weights in the network.
  /// - Parameters:
  ///   - data: The items.
  ///   - folder: Where checkpoints, logs and the run's state are written; `nil` writes nothing.
  ///   - callbacks: What is told meanwhile, and may stop the run.
  /// - Throws: `GalleyError` if an option can't be honoured, if the run was cancelled (`interrupted`), or if the loss
  ///   stopped being a number; `TorchError` if LibTorch refuses; and what a callback throws.
  public func train(
    on data: TrainingData, in folder: TrainingFolder? = nil, callbacks: TrainingCallbacks = TrainingCallbacks()
  ) throws -> TrainingOutcome {
    let (complete, planned) = options.resolved(for: try facts(data))
    try TrainingDevice.check(complete, in: library)
    try library.setThreadCount(complete.threads ?? 1)
    try library.setDeterministic(complete.deterministic.torch)
    // Another seed than that of initialisation, or dropout would repeat its numbers.
    let outcome = try trained(complete, data) { options in
      try library.withSeed(~complete.seedBits) {
        try TrainingLoop(self, options, planned, data, folder, callbacks).train()
      }
    }
    try state.load(outcome.weights)
    return outcome
  }

  /// Trains once, or with growing batches from one item on until the network can be trained with them.
  private func trained(
    _ options: TrainOptions, _ data: TrainingData, _ train: (TrainOptions) throws -> TrainingOutcome
  ) throws -> TrainingOutcome {
    guard options.smallestBatch else { return try train(options) }
    let fresh = try state.safetensors()
    var (outcome, found) = try SmallestBatch.find(upTo: min(options.batchSize ?? 32, data.training.count)) { size in
      // What a failed try has spoiled is made good.
      try state.load(fresh)
      var options = options
      options.batchSize = size
      let outcome = try train(options)
      try SmallestBatch.check(state)
      return outcome
    }
    outcome.smallestBatch = found
    return outcome
  }

  /// What the values that are left to the plan depend on.
  public func facts(_ data: TrainingData) throws -> TrainingFacts {
    var decodesItems = false
    if case .images = data.training { decodesItems = true }
    return TrainingFacts(
      items: data.training.count, classes: data.labels.count, inputShape: data.inputShape,
      parameterCount: try state.parameterCount, isPretrained: options.initialWeights != nil,
      decodesItems: decodesItems, cores: ProcessInfo.processInfo.activeProcessorCount,
      memoryBytes: Int(clamping: ProcessInfo.processInfo.physicalMemory),
      hasCUDA: try library.deviceCount(.cuda) > 0)
  }
}

extension TrainOptions {
  /// The seed as LibTorch takes it.
  var seedBits: UInt64 { UInt64(bitPattern: Int64(seed)) }
}

extension Galley.Determinism {
  /// The same for LibTorch.
  var torch: Torch.Determinism {
    switch self {
    case .off: .off
    case .warn: .warn
    case .on: .on
    }
  }
}
