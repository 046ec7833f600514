// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Draws on a copy of an image. What lies outside the image is left out.
public struct Canvas: Sendable {
  /// What was drawn so far; RGB with 8 bits.
  public private(set) var image: Image

  /// Begins with an image; gray becomes RGB, opacity is dropped, 16 bits become 8.
  public init(_ image: Image) {
    let colored = image.converted(to: .rgb)
    guard colored.depth == .sixteen else {
      self.image = colored
      return
    }
    self.image = Image(
      sized: colored.width, colored.height, .rgb, .eight, colored.samples.map { UInt8($0 >> 8) })
  }

  /// A colour with an opacity.
  public struct Ink: Sendable, Hashable, Codable {
    public var red: UInt8
    public var green: UInt8
    public var blue: UInt8
    /// 0 to 255.
    public var opacity: UInt8

    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8, opacity: UInt8 = 255) {
      self.red = red
      self.green = green
      self.blue = blue
      self.opacity = opacity
    }

    /// The colour with another opacity.
    public func opacity(_ opacity: UInt8) -> Ink { Ink(red, green, blue, opacity: opacity) }

    /// A colour for a class: neighbours in number are far apart in hue (multiples of the golden angle).
    public static func forClass(_ index: Int) -> Ink {
      let place = (Double(index) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1) * 6
      let rise = UInt8(abs(place.truncatingRemainder(dividingBy: 1)) * 215)
      let fall = 215 - rise
      let inks: [(UInt8, UInt8, UInt8)] = [
        (255, 40 + rise, 40), (40 + fall, 255, 40), (40, 255, 40 + rise), (40, 40 + fall, 255), (40 + rise, 40, 255),
        (255, 40, 40 + fall),
      ]
      let ink = inks[min(5, abs(Int(place)))]
      return Ink(ink.0, ink.1, ink.2)
    }

    /// Black or white, whichever is read better on this colour.
    public var readable: Ink {
      let light = Int(red) * 299 + Int(green) * 587 + Int(blue) * 114
      return light > 128_000 ? Ink(0, 0, 0) : Ink(255, 255, 255)
    }
  }

  /// Colours one pixel.
  public mutating func dot(_ x: Int, _ y: Int, _ ink: Ink) {
    guard x >= 0, y >= 0, x < image.width, y < image.height else { return }
    let place = (y * image.width + x) * 3
    let opacity = Int(ink.opacity)
    func mixed(_ old: UInt8, _ new: UInt8) -> UInt8 {
      UInt8((Int(old) * (255 - opacity) + Int(new) * opacity + 127) / 255)
    }
    image.bytes[place] = mixed(image.bytes[place], ink.red)
    image.bytes[place + 1] = mixed(image.bytes[place + 1], ink.green)
    image.bytes[place + 2] = mixed(image.bytes[place + 2], ink.blue)
  }

  /// Fills a rectangle of pixels.
  public mutating func fill(columns: Range<Int>, rows: Range<Int>, _ ink: Ink) {
    for y in rows.clamped(to: 0..<image.height) {
      for x in columns.clamped(to: 0..<image.width) { dot(x, y, ink) }
    }
  }

  /// Draws the frame of a box, inside it.
  public mutating func draw(_ box: Box, _ ink: Ink, thickness: Int = 2) {
    guard let left = pixel(box.left), let top = pixel(box.top), let right = pixel(box.right),
      let bottom = pixel(box.bottom), left < right, top < bottom, thickness > 0
    else { return }
    let (x, y) = (min(thickness, right - left), min(thickness, bottom - top))
    fill(columns: left..<right, rows: top..<top + y, ink)
    fill(columns: left..<right, rows: max(top + y, bottom - y)..<bottom, ink)
    guard top + y < bottom - y else { return }
    fill(columns: left..<left + x, rows: top + y..<bottom - y, ink)
    fill(columns: max(left + x, right - x)..<right, rows: top + y..<bottom - y, ink)
  }

  /// Colours the pixels where a mask is not 0, and where its value is `label` if one is given.
  /// - Throws: `ImageError` if the mask is not a gray image of the same size.
  public mutating func draw(mask: Image, label: UInt8? = nil, _ ink: Ink) throws(ImageError) {
    guard mask.format == .gray, mask.depth == .eight, mask.width == image.width, mask.height == image.height else {
      throw ImageError(
        .invalidSize,
        "a \(mask.format) mask of \(mask.width) × \(mask.height) pixels doesn't fit an image of "
          + "\(image.width) × \(image.height)")
    }
    for y in 0..<mask.height {
      for x in 0..<mask.width {
        let value = mask.bytes[y * mask.width + x]
        if label.map({ $0 == value }) ?? (value != 0) { dot(x, y, ink) }
      }
    }
  }

  /// The pixel that a place lies in or borders on; nil if it is no number or far outside.
  func pixel(_ place: Double) -> Int? {
    abs(place) < 1e6 ? Int(place.rounded()) : nil
  }
}
