// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How large an image may be; checked against what the file's head says, before a pixel is decoded.
public struct ImageLimits: Sendable, Hashable, Codable {
  /// Pixels of the longer side.
  public var side: Int
  /// Pixels of the whole image.
  public var pixels: Int

  /// Creates limits. The defaults admit every camera (65,535 is JPEG's largest side) and refuse bombs.
  public init(side: Int = 65_535, pixels: Int = 200_000_000) {
    self.side = side
    self.pixels = pixels
  }

  /// - Throws: `ImageError.Code.tooLarge`.
  func check(width: Int, height: Int) throws(ImageError) {
    guard width > 0, height > 0 else { throw ImageError(.damaged, "its size is \(width) × \(height) pixels") }
    guard max(width, height) <= side else {
      throw ImageError(
        .tooLarge, "it has \(width) × \(height) pixels, and a side may have \(side)",
        remedy: "Raise the limit on sides.")
    }
    guard width <= pixels / height else {
      throw ImageError(
        .tooLarge, "it has \(width) × \(height) pixels, and \(pixels) are allowed", remedy: "Raise the limit on pixels."
      )
    }
  }
}

/// What decoding gives, and what it refuses.
public struct DecodingOptions: Sendable, Hashable, Codable {
  /// Which damage is an error.
  public enum Damage: String, Sendable, Hashable, Codable {
    /// Whatever the decoder complains about, such as a broken run of coefficients that would come out gray.
    case refused
    /// Only what makes the decoder give up; the rest is decoded as well as it can be, which is what Pillow does.
    case tolerated
  }

  /// What the pixels become; `nil`: what they are (gray, RGB or RGBA).
  public var format: PixelFormat?
  /// Whether 16-bit samples stay so; otherwise their upper 8 bits are taken, which is what Pillow does to RGB.
  public var keepsSixteenBits: Bool
  /// Whether the rotation that a camera noted (EXIF) is carried out.
  public var appliesOrientation: Bool
  /// Which damage is an error.
  public var damage: Damage
  /// How large the image may be.
  public var limits: ImageLimits
  /// Decode a JPEG at 1/2, 1/4 or 1/8 of its size if both sides stay at least this long; `nil`: at full size.
  ///
  /// The decoder then computes fewer frequencies instead of averaging pixels. Of an image that is afterwards resized,
  /// the mean error for photographs is about 1 of 255; see the table that `DecodingTableTests` prints.
  public var reducedSide: Int?

  /// Creates options.
  public init(
    format: PixelFormat? = nil, keepsSixteenBits: Bool = false, appliesOrientation: Bool = true,
    damage: Damage = .refused, limits: ImageLimits = ImageLimits(), reducedSide: Int? = nil
  ) {
    self.format = format
    self.keepsSixteenBits = keepsSixteenBits
    self.appliesOrientation = appliesOrientation
    self.damage = damage
    self.limits = limits
    self.reducedSide = reducedSide
  }
}
