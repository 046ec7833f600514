// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// One complete recipe of a run and what it gave.
public struct ReportedVariant: Sendable, Hashable, Codable {
  /// The variant's name, unique in the report.
  public var name: String
  /// What sets it apart from the others: recipe paths with their values.
  public var differences: [ReportedDifference]
  /// Digest of the variant's resolved recipe.
  public var recipeDigest: Digest?
  /// The architecture, in words.
  public var architecture: String
  /// How it was trained; `nil` if it was not trained in this run.
  public var training: ReportedTraining?
  /// The proof that the exported model equals the trained one; `nil` if the model was not exported from one.
  public var certificate: ReportedCertificate?
  /// The file that the model was taken from; `nil` if it was trained.
  public var modelFile: ReportedModelFile?
  /// What the optimizations did; one sentence each.
  public var optimizationNotes: [String]
  /// What was measured.
  public var measurement: Measurement
  /// True if no other variant is at once faster and more accurate.
  public var isOnFront: Bool

  /// Describes a variant.
  public init(
    name: String, differences: [ReportedDifference], recipeDigest: Digest?, architecture: String,
    training: ReportedTraining?, certificate: ReportedCertificate?, modelFile: ReportedModelFile? = nil,
    optimizationNotes: [String], measurement: Measurement, isOnFront: Bool
  ) {
    self.name = name
    self.differences = differences
    self.recipeDigest = recipeDigest
    self.architecture = architecture
    self.training = training
    self.certificate = certificate
    self.modelFile = modelFile
    self.optimizationNotes = optimizationNotes
    self.measurement = measurement
    self.isOnFront = isOnFront
  }
}

/// A choice of a recipe that differs between variants.
public struct ReportedDifference: Sendable, Hashable, Codable {
  /// Where in the recipe: `model.architecture.width`.
  public var path: String
  /// The value there.
  public var value: String

  /// Describes a choice.
  public init(path: String, value: String) {
    self.path = path
    self.value = value
  }
}

/// How a model was trained.
public struct ReportedTraining: Sendable, Hashable, Codable {
  /// Epochs that were run.
  public var epochs: Int
  /// Seconds that the training took.
  public var seconds: Double
  /// The epoch whose weights were kept, counted from 1.
  public var bestEpoch: Int
  /// Seed of the initial weights and of the order of the items.
  public var seed: UInt64
  /// Figures of each epoch.
  public var history: [ReportedEpoch]
  /// The weights that it began with; `nil` if they were drawn by the seed.
  public var weights: ReportedWeights?

  /// Describes a training.
  public init(
    epochs: Int, seconds: Double, bestEpoch: Int, seed: UInt64, history: [ReportedEpoch],
    weights: ReportedWeights? = nil
  ) {
    self.weights = weights
    self.epochs = epochs
    self.seconds = seconds
    self.bestEpoch = bestEpoch
    self.seed = seed
    self.history = history
  }
}

/// Figures of one epoch.
public struct ReportedEpoch: Sendable, Hashable, Codable {
  /// The epoch, counted from 1.
  public var epoch: Int
  /// Mean loss on the training items.
  public var trainLoss: Double
  /// Mean loss on the validation items.
  public var validationLoss: Double?
  /// Accuracy on the validation items, a fraction.
  public var validationAccuracy: Double?

  /// Describes an epoch.
  public init(epoch: Int, trainLoss: Double, validationLoss: Double? = nil, validationAccuracy: Double? = nil) {
    self.epoch = epoch
    self.trainLoss = trainLoss
    self.validationLoss = validationLoss
    self.validationAccuracy = validationAccuracy
  }
}

/// The same items through the trained and through the exported model: how far the scores lie apart.
public struct ReportedCertificate: Sendable, Hashable, Codable {
  /// Largest absolute difference of a score.
  public var maximumDifference: Double
  /// Mean absolute difference of the scores.
  public var meanDifference: Double
  /// Largest difference that is accepted.
  public var tolerance: Double
  /// Number of items compared.
  public var sampleCount: Int

  /// Describes a certificate.
  public init(maximumDifference: Double, meanDifference: Double, tolerance: Double, sampleCount: Int) {
    self.maximumDifference = maximumDifference
    self.meanDifference = meanDifference
    self.tolerance = tolerance
    self.sampleCount = sampleCount
  }

  /// True if the exported model is within the tolerance.
  public var holds: Bool { maximumDifference <= tolerance }
}
