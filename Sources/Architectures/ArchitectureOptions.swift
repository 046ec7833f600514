// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// How a network for large images begins.
public enum Stem: String, Codable, Sendable, CaseIterable {
  /// As published, for images of some 224 pixels: the first layers make the image smaller.
  case standard
  /// For images of some 32 pixels: the first layer keeps the size. Published weights fit but for a first layer of another
  /// kernel.
  case small
}

extension OptionDeclaration {
  /// The weights that training begins with.
  static var pretrained: OptionDeclaration {
    OptionDeclaration(
      "pretrained", .ingredient(accepts: ["weights"]), default: .string("none"),
      help: "The weights that training begins with; a last layer of another shape begins afresh.",
      synonyms: ["model.weights", "module.pretrained"])
  }

  static func dropout(_ share: Double) -> OptionDeclaration {
    OptionDeclaration(
      "dropout", .float(minimum: 0, maximum: 0.95), default: .float(share),
      help: "The share of features that is left out in training before the last layer.")
  }

  static var stem: OptionDeclaration {
    OptionDeclaration(
      "stem", .choice(Stem.allCases.map { Choice($0.rawValue) }), default: .string(Stem.standard.rawValue),
      help: "How it begins: standard for images of some 224 pixels, small for those of some 32.")
  }

  static var widthFactor: OptionDeclaration {
    OptionDeclaration(
      "width", .float(minimum: 0.1, maximum: 4), default: .float(1),
      help: "Multiplies the channels of every layer; published weights belong to 1.")
  }
}

extension TorchArchitecture {
  /// Refuses options out of bounds.
  static func require(_ isKept: Bool, _ rule: String) throws(GalleyError) {
    guard isKept else { throw GalleyError(.configuration, "can't make \(card.name)", why: rule) }
  }

  /// The number of channels of images.
  /// - Throws: `GalleyError` if the items are no images, or there are no classes.
  static func channels(ofImages inputShape: [Int], classes: Int) throws(GalleyError) -> Int {
    guard inputShape.count == 3, inputShape.allSatisfy({ $0 >= 1 }), classes >= 1 else {
      throw GalleyError(
        .configuration, "can't make \(card.name)",
        why: "items of shape \(inputShape) and \(classes) classes were given",
        remedy: "It takes images as channels × height × width and at least one class.")
    }
    return inputShape[0]
  }
}
