// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import Galley
internal import Pantry
internal import Recipes

/// What one variant of a run gave.
struct VariantResult: Sendable {
  var variant: RecipeFile.Variant
  var recipeDigest: Digest
  /// How it was trained; `nil` for a model file.
  var training: TrainingSummary?
  /// The proof of its export; `nil` for a model file.
  var certificate: ExportCertificate?
  /// The file that was taken over; `nil` for a model that was trained.
  var modelFile: ModelFileRecord?
  var optimization: OptimizationRecord
  var model: ModelFile
  var calibration: Digest
  var measurement: Measurement
  var predictions: Predictions
  var predictionsDigest: Digest
}

/// How a network was trained, kept with its checkpoint.
struct TrainingSummary: Sendable, Hashable, Codable {
  /// Figures of one epoch.
  struct Epoch: Sendable, Hashable, Codable {
    var epoch: Int
    var trainingLoss: Double
    var validationLoss: Double
    var validationAccuracy: Double
  }

  /// The weights that training began with.
  struct Weights: Sendable, Hashable, Codable {
    /// The file's name.
    var name: String
    /// SHA-256 of the file.
    var digest: Digest
    /// Parameters of the last layer that began afresh.
    var fresh: [String]
  }

  var epochs: [Epoch]
  var bestEpoch: Int
  var seconds: Double
  var weights: Weights?
  /// What a rehearsal found of the smallest batch.
  var smallestBatch: SmallestBatch?
}
