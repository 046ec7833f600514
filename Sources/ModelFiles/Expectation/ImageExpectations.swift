// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The extents of an image in pixels.
public struct ImageSize: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Pixels in a column.
  public var height: Int
  /// Pixels in a row.
  public var width: Int

  /// Creates a size.
  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }

  public var description: String { "\(height) × \(width) pixels" }
}

/// How a pixel's values become the model's: `(value * scale - mean) / deviation` for each channel, where a value of an
/// eight-bit image is a number from 0 to 255.
public struct Normalization: Sendable, Hashable, Codable, CustomStringConvertible {
  /// Factor that is applied first, such as 1/255.
  public var scale: Float
  /// Mean of each channel after scaling; one for all channels or one for each.
  public var mean: [Float]
  /// Standard deviation of each channel after scaling; one for all channels or one for each.
  public var deviation: [Float]

  /// Creates a normalization.
  public init(scale: Float, mean: [Float] = [0], deviation: [Float] = [1]) {
    self.scale = scale
    self.mean = mean
    self.deviation = deviation
  }

  /// Values as they are.
  public static let none = Normalization(scale: 1)
  /// Values from 0 to 1.
  public static let unit = Normalization(scale: 1 / 255)
  /// The means and deviations over ImageNet's training images that torchvision's classifiers use.
  ///
  /// Source: torchvision's documentation, "Models and pre-trained weights".
  public static let imageNet = Normalization(
    scale: 1 / 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])

  public var description: String {
    if means(.none) { return "values as they are, 0 to 255" }
    if means(.unit) { return "values from 0 to 1" }
    let factor = scale == 1 ? "value" : scale == 1 / 255 ? "value / 255" : "value * \(scale)"
    return "(\(factor) - \(Self.text(mean))) / \(Self.text(deviation))"
  }

  private static func text(_ numbers: [Float]) -> String {
    numbers.count == 1 ? "\(numbers[0])" : "[" + numbers.map { "\($0)" }.joined(separator: ", ") + "]"
  }

  /// Whether both compute the same, whatever the form; numbers may differ by rounding.
  func means(_ other: Normalization) -> Bool {
    guard [mean, deviation, other.mean, other.deviation].allSatisfy({ !$0.isEmpty }) else { return self == other }
    func slopes(_ norm: Normalization) -> [Float] { norm.deviation.map { norm.scale / $0 } }
    func offsets(_ norm: Normalization) -> [Float] {
      let count = max(norm.mean.count, norm.deviation.count)
      return (0..<count).map {
        norm.mean[min($0, norm.mean.count - 1)] / norm.deviation[min($0, norm.deviation.count - 1)]
      }
    }
    return Self.agree(slopes(self), slopes(other)) && Self.agree(offsets(self), offsets(other))
  }

  private static func agree(_ first: [Float], _ second: [Float]) -> Bool {
    let count = max(first.count, second.count)
    guard [1, count].contains(first.count), [1, count].contains(second.count) else { return false }
    return (0..<count).allSatisfy { index in
      let (left, right) = (first[min(index, first.count - 1)], second[min(index, second.count - 1)])
      return abs(left - right) <= 1e-5 * max(1e-3, abs(left), abs(right))
    }
  }
}

/// The channels that a model expects.
public enum ColorOrder: String, Sendable, Hashable, Codable, CaseIterable {
  /// Red, green, blue.
  case rgb
  /// Blue, green, red.
  case bgr
  /// One channel: how light a pixel is.
  case gray
}

/// How an image comes to the size of the model's input.
public struct Resizing: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What happens if the sides have another ratio.
  public enum Rule: String, Sendable, Hashable, Codable, CaseIterable {
    /// The image is stretched.
    case stretch
    /// The image is made to cover the size, and what hangs over is cut off evenly.
    case cover
    /// The image is made to lie inside the size, in its middle, and the rest is filled: a letterbox.
    case contain
    /// The same with the image at the top left.
    case containAtTopLeft = "contain-at-top-left"
  }

  /// How pixels are computed.
  public enum Kernel: String, Sendable, Hashable, Codable, CaseIterable { case nearest, bilinear, bicubic, lanczos }

  /// Whose last bit a resized image has.
  public enum Arithmetic: String, Sendable, Hashable, Codable, CaseIterable { case pillow, torch }

  /// What happens if the sides have another ratio.
  public var rule: Rule
  /// The size that the rule works towards, of whose middle the input is cut; `nil` if it is the input's.
  public var size: ImageSize?
  /// How pixels are computed; `nil` if nobody says it.
  public var kernel: Kernel?
  /// Whether the kernel grows with the scale when an image shrinks; `nil` if nobody says it.
  public var antialias: Bool?
  /// The colour with which is filled, one value for all channels or one for each; `nil` if nobody says it.
  public var padding: [UInt8]?
  /// Whose last bit the result has; `nil` if nobody says it.
  public var arithmetic: Arithmetic?

  /// Creates a rule.
  public init(
    rule: Rule, size: ImageSize? = nil, kernel: Kernel? = nil, antialias: Bool? = nil, padding: [UInt8]? = nil,
    arithmetic: Arithmetic? = nil
  ) {
    self.arithmetic = arithmetic
    self.rule = rule
    self.size = size
    self.kernel = kernel
    self.antialias = antialias
    self.padding = padding
  }

  public var description: String {
    let parts = [
      size.map { "to \($0), the middle of which is kept" }, kernel?.rawValue,
      antialias.map { $0 ? "antialiased" : "not antialiased" },
      padding.map { "filled with \($0.map(String.init).joined(separator: ", "))" },
    ]
    return ([rule.rawValue] + parts.compactMap { $0 }).joined(separator: ", ")
  }
}

/// What a classifier's scores are.
public enum OutputMeaning: String, Sendable, Hashable, Codable, CaseIterable {
  /// Numbers whose softmax are the probabilities.
  case logits
  /// Probabilities.
  case probabilities
  /// No scores of classes.
  case none
}
