// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A picture of 8-bit red, green and blue values that is drawn pixel by pixel, in whole numbers, so that every machine
/// draws the same.
struct Canvas {
  let width: Int
  let height: Int
  /// `height × width × 3` values.
  private(set) var pixels: [UInt8]

  /// A colour.
  struct Colour: Hashable {
    var red: Int
    var green: Int
    var blue: Int
  }

  init(width: Int, height: Int, filled colour: Colour) {
    self.width = width
    self.height = height
    pixels = []
    pixels.reserveCapacity(width * height * 3)
    for _ in 0..<width * height {
      pixels.append(UInt8(clamping: colour.red))
      pixels.append(UInt8(clamping: colour.green))
      pixels.append(UInt8(clamping: colour.blue))
    }
  }

  /// Paints a pixel; those outside are ignored.
  mutating func paint(_ x: Int, _ y: Int, _ colour: Colour) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    let place = (y * width + x) * 3
    pixels[place] = UInt8(clamping: colour.red)
    pixels[place + 1] = UInt8(clamping: colour.green)
    pixels[place + 2] = UInt8(clamping: colour.blue)
  }

  /// Adds the same to all three values of a pixel.
  mutating func shade(_ x: Int, _ y: Int, by amount: Int) {
    guard x >= 0, x < width, y >= 0, y < height else { return }
    let place = (y * width + x) * 3
    for channel in place..<place + 3 { pixels[channel] = UInt8(clamping: Int(pixels[channel]) + amount) }
  }

  /// Paints where a mask of the picture's size is 1.
  mutating func paint(_ mask: [UInt8], _ colour: Colour) {
    for place in mask.indices where mask[place] != 0 { paint(place % width, place / width, colour) }
  }
}
