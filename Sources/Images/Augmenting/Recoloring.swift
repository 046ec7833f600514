// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Changes of colour of 8-bit images, in the arithmetic of torchvision's functional transforms: single precision, limited
/// to 0 and 255, cut off to whole numbers. Opacity stays.
extension Image {
  /// Every colour times `factor`; 1 changes nothing, 0 gives black.
  public func brightness(_ factor: Double) -> Image {
    let factor = Float(factor)
    return recolored { Self.byte(Float($0) * factor) }
  }

  /// Colours drawn away from the image's mean light (`factor` above 1) or towards it.
  public func contrast(_ factor: Double) -> Image {
    guard depth == .eight else { return self }
    let mean = Float(totalLight) / Float(width * height)
    let factor = Float(factor)
    let rest = (1 - factor) * mean
    return recolored { Self.byte(Float($0) * factor + rest) }
  }

  private var totalLight: Int {
    guard format != .gray else { return bytes.reduce(0) { $0 + Int($1) } }
    return stride(from: 0, to: bytes.count, by: channels).reduce(0) {
      $0 + Int(Self.light(bytes[$1], bytes[$1 + 1], bytes[$1 + 2]))
    }
  }

  /// Colours drawn away from the pixel's light (`factor` above 1) or towards it; gray images stay.
  public func saturation(_ factor: Double) -> Image {
    guard format != .gray, depth == .eight else { return self }
    let factor = Float(factor)
    return mappingPixels { pixel in
      let light = Self.light(pixel[0], pixel[1], pixel[2])
      let rest = Float(light) * (1 - factor)
      for channel in 0..<3 { pixel[channel] = Self.byte(Float(pixel[channel]) * factor + rest) }
    }
  }

  /// Hues turned by `turn` of the colour circle, -0.5 to 0.5; gray images stay.
  public func hue(_ turn: Double) -> Image {
    guard format != .gray, depth == .eight, turn != 0 else { return self }
    let turn = Float(turn)
    return mappingPixels { pixel in
      let color = Self.turned((Float(pixel[0]) / 255, Float(pixel[1]) / 255, Float(pixel[2]) / 255), by: turn)
      pixel[0] = Self.scaled(color.0)
      pixel[1] = Self.scaled(color.1)
      pixel[2] = Self.scaled(color.2)
    }
  }

  /// Colours turned into their opposites.
  public var inverted: Image { recolored { 255 - $0 } }

  /// Colours with only their upper bits kept.
  /// - Parameter bits: 0 to 8.
  public func posterized(bits: Int) -> Image {
    let mask = UInt8(truncatingIfNeeded: 0xff00 >> max(0, min(8, bits)))
    return recolored { $0 & mask }
  }

  /// Colours of `threshold` and above turned into their opposites.
  public func solarized(threshold: Double) -> Image {
    let threshold = Float(threshold)
    return recolored { Float($0) >= threshold ? 255 - $0 : $0 }
  }

  /// Each channel stretched to 0 to 255; channels of one value stay.
  public var autocontrasted: Image {
    mappingChannels { counts in
      guard let low = counts.firstIndex(where: { $0 > 0 }), let high = counts.lastIndex(where: { $0 > 0 }), low < high
      else { return (0...255).map { UInt8($0) } }
      let scale = 255 / Float(high - low)
      return (0..<256).map { Self.byte((Float($0) - Float(low)) * scale) }
    }
  }

  /// Each channel's values spread so that all are equally frequent, as Pillow and torchvision do it.
  public var equalized: Image {
    mappingChannels { counts in
      let identity = (0...255).map { UInt8($0) }
      let used = counts.filter { $0 > 0 }
      let step = (used.dropLast().reduce(0, +)) / 255
      guard used.count > 1, step > 0 else { return identity }
      var sum = step / 2
      return counts.map { count in
        defer { sum += count }
        return UInt8(min(255, sum / step))
      }
    }
  }

  /// Colours through a table.
  func recolored(_ change: (UInt8) -> UInt8) -> Image {
    guard depth == .eight else { return self }
    let table = (0...255).map { change(UInt8($0)) }
    let colors = min(channels, 3)
    return mappingPixels { pixel in
      for channel in 0..<colors { pixel[channel] = table[Int(pixel[channel])] }
    }
  }

  /// Each channel of colour through a table made from how often each value occurs.
  private func mappingChannels(_ table: ([Int]) -> [UInt8]) -> Image {
    guard depth == .eight else { return self }
    let colors = min(channels, 3)
    var tables: [[UInt8]] = []
    for channel in 0..<colors {
      var counts = [Int](repeating: 0, count: 256)
      for place in stride(from: channel, to: bytes.count, by: channels) { counts[Int(bytes[place])] += 1 }
      tables.append(table(counts))
    }
    return mappingPixels { pixel in
      for channel in 0..<colors { pixel[channel] = tables[channel][Int(pixel[channel])] }
    }
  }

  /// Limited to 0 and 255 and cut off; what is no number becomes 0.
  static func byte(_ value: Float) -> UInt8 { value > 0 ? value < 255 ? UInt8(value) : 255 : 0 }

  /// A value of 0 to 1 in 256 steps of equal width, as torchvision turns float images into bytes.
  private static func scaled(_ value: Float) -> UInt8 { byte(value * (256 - 1e-3)) }

  private static func light(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let weights: (Float, Float, Float) = (0.2989, 0.587, 0.114)
    return byte(weights.0 * Float(red) + weights.1 * Float(green) + weights.2 * Float(blue))
  }

  /// A colour with its hue turned: to hue, saturation and value, and back.
  private static func turned(_ color: (Float, Float, Float), by turn: Float) -> (Float, Float, Float) {
    let (red, green, blue) = color
    let (high, low) = (max(red, green, blue), min(red, green, blue))
    let spread = high - low
    guard spread > 0 else { return color }
    let saturation = spread / high
    let (r, g, b) = ((high - red) / spread, (high - green) / spread, (high - blue) / spread)
    let sixths = high == red ? b - g : high == green ? 2 + r - b : 4 + g - r
    var hue = (sixths / 6 + 1 + turn).truncatingRemainder(dividingBy: 1)
    if hue < 0 { hue += 1 }
    let place = hue * 6
    let whole = place.rounded(.down)
    let fraction = place - whole
    let p = max(0, min(1, high * (1 - saturation)))
    let q = max(0, min(1, high * (1 - saturation * fraction)))
    let t = max(0, min(1, high * (1 - saturation * (1 - fraction))))
    switch Int(whole) % 6 {
    case 0: return (high, t, p)
    case 1: return (q, high, p)
    case 2: return (p, high, t)
    case 3: return (p, q, high)
    case 4: return (t, p, high)
    default: return (high, p, q)
    }
  }
}

/// Random brightness, contrast, saturation and hue, in random order.
public struct ColorJitter: Augmentation, Hashable, Codable {
  /// Factors.
  public var brightness: ClosedRange<Double>
  public var contrast: ClosedRange<Double>
  public var saturation: ClosedRange<Double>
  /// Turns of the colour circle.
  public var hue: ClosedRange<Double>

  public init(
    brightness: ClosedRange<Double> = 1...1, contrast: ClosedRange<Double> = 1...1,
    saturation: ClosedRange<Double> = 1...1, hue: ClosedRange<Double> = 0...0
  ) {
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  public func apply(to scene: Scene, random: inout ItemRandom) throws(ImageError) -> Scene {
    let factors = [
      random.number(in: brightness), random.number(in: contrast), random.number(in: saturation),
      random.number(in: hue),
    ]
    var order = [0, 1, 2, 3]
    for last in stride(from: 3, to: 0, by: -1) { order.swapAt(last, random.number(below: last + 1)) }
    var scene = scene
    for step in order {
      switch step {
      case 0: scene.image = scene.image.brightness(factors[0])
      case 1: scene.image = scene.image.contrast(factors[1])
      case 2: scene.image = scene.image.saturation(factors[2])
      default: scene.image = scene.image.hue(factors[3])
      }
    }
    return scene
  }
}
