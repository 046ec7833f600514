// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// What the worker's method `train` is told.
public struct TrainRequest: Sendable, Hashable, Codable {
  /// The prepared data; the subsets `train` and `validation` are used.
  public var data: String
  /// The network.
  public var architecture: IngredientChoice
  /// How it is trained.
  public var trainer: IngredientChoice
  /// Seed of initialisation, order and augmentation.
  public var seed: UInt64
  /// Threads that one operation may use; another number may give other rounding.
  public var threads: Int
  /// The weights to begin with: a checkpoint of Galley's, or safetensors under the same names; `nil` begins afresh.
  public var initialWeights: String?
  /// Where the checkpoint is written.
  public var checkpoint: String
  /// Where the epochs' reports are written, as a JSON list of `EpochReport`.
  public var history: String

  /// Creates a request; the outputs are `checkpoint.safetensors` and `history.json` in `folder`.
  public init(
    data: String, architecture: IngredientChoice, trainer: IngredientChoice = IngredientChoice("supervised"),
    seed: UInt64, threads: Int = 1, initialWeights: String? = nil, folder: String
  ) {
    self.data = data
    self.architecture = architecture
    self.trainer = trainer
    self.seed = seed
    self.threads = threads
    self.initialWeights = initialWeights
    checkpoint = "\(folder)/checkpoint.safetensors"
    history = "\(folder)/history.json"
  }
}

/// What training gave.
public struct TrainResult: Sendable, Equatable, Codable {
  /// Where the checkpoint lies.
  public var checkpoint: String
  /// SHA-256 of the checkpoint; equal requests on one machine give equal digests.
  public var digest: Digest
  /// Where the epochs' reports lie.
  public var history: String
  /// The epoch, from 1, whose weights were kept.
  public var bestEpoch: Int
  /// All epochs in order.
  public var epochs: [EpochReport]
  /// Parameters of the network, without the running statistics of normalisations.
  public var parameterCount: Int
  /// What was taken from the initial weights; `nil` if training began afresh.
  public var initialWeights: InitialWeightsReport?
  /// LibTorch's version.
  public var libTorchVersion: String
}

/// What a network took from the weights that its training began with.
public struct InitialWeightsReport: Sendable, Hashable, Codable {
  /// SHA-256 of the file.
  public var digest: Digest
  /// Parameters and buffers that were taken.
  public var takenCount: Int
  /// Those of the last layer that began afresh, because the file's have another shape.
  public var fresh: [String]
}
