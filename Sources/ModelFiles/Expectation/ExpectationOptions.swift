// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a user says of a model, as the command line's options do.
public struct ExpectationOptions: Sendable, Hashable, Codable {
  /// `--preprocessing`: a file, or one of `imagenet`, `0-1`, `none`.
  public var preprocessing: String?
  /// `--labels`: a file.
  public var labels: String?
  /// `--output`: `logits`, `probabilities` or `none`.
  public var output: String?
  /// A card's file, to be read instead of the one beside the model.
  public var card: String?

  /// Creates options.
  public init(preprocessing: String? = nil, labels: String? = nil, output: String? = nil, card: String? = nil) {
    self.preprocessing = preprocessing
    self.labels = labels
    self.output = output
    self.card = card
  }
}
