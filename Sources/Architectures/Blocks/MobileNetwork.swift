// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// What MobileNets and EfficientNets share: `features`, the mean over the image, and the `classifier`.
struct MobileNetwork: Module {
  private let features: Sequential
  private let pool: GlobalAveragePool
  private let flatten: Flatten
  private let classifier: Sequential

  /// - Parameters:
  ///   - features: Appends the layers on images.
  ///   - classifier: Appends the layers on vectors.
  ///   - lastLayers: How the linear layers begin.
  init(
    in scope: Scope, features makeFeatures: (inout Sequential) throws -> Void,
    classifier makeClassifier: (inout Sequential) throws -> Void, lastLayers: LinearInitialization
  ) throws {
    var features = Sequential(in: scope["features"])
    try makeFeatures(&features)
    self.features = features
    pool = GlobalAveragePool(in: scope["avgpool"])
    flatten = Flatten(in: scope["flatten"])
    var classifier = Sequential(in: scope["classifier"])
    try makeClassifier(&classifier)
    self.classifier = classifier
    try scope.initialize(lastLayers: lastLayers)
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let pooled = try pool.forward(features.forward(input, mode), mode)
    return try classifier.forward(flatten.forward(pooled, mode), mode)
  }
}

/// The nearest multiple of 8 to a number of channels, at least 8 and not more than a tenth below it; the rule of the
/// MobileNets' authors (`_make_divisible` in torchvision).
func roundedChannels(_ channels: Double) -> Int {
  let rounded = max(8, Int(channels + 4) / 8 * 8)
  return Double(rounded) < 0.9 * channels ? rounded + 8 : rounded
}
