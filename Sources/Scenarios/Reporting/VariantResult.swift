// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Pantry
internal import Recipes

/// What one variant of a run gave.
struct VariantResult: Sendable {
  var variant: RecipeFile.Variant
  var recipeDigest: Digest
  var training: TrainingSummary
  var certificate: ExportCertificate
  var optimization: OptimizationRecord
  var model: ModelFile
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

  var epochs: [Epoch]
  var bestEpoch: Int
  var seconds: Double
}
