// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What one source says of what a model expects; it need not speak of everything.
struct ExpectationClaims {
  /// The things that can be known of a model.
  enum Aspect: String, CaseIterable {
    case task, layout, size, normalization, colorOrder, resizing, output, labels
  }

  var task: Claim<String>?
  var layout: Claim<Preprocessing.Layout>?
  var size: Claim<ImageSize>?
  var normalization: Claim<Normalization>?
  var colorOrder: Claim<ColorOrder>?
  var resizing: Claim<Resizing>?
  var output: Claim<OutputMeaning>?
  var labels: Claim<[String]>?
  /// Why what the source says of something can't be used, as clauses.
  var reasons: [Aspect: String] = [:]
  /// Facts for the reader.
  var notes: [String] = []
}
