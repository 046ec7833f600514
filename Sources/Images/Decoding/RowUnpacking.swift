// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What decoded samples are before they become an image's.
struct StoredPixels: Sendable, Hashable {
  /// Colours as a decoder gives them.
  enum Model: Sendable, Hashable {
    case gray, grayAlpha, rgb, rgba, cmyk
  }

  var model: Model
  var depth: SampleDepth

  var channels: Int {
    switch model {
    case .gray: 1
    case .grayAlpha: 2
    case .rgb: 3
    case .rgba, .cmyk: 4
    }
  }

  /// The format that keeps everything.
  var format: PixelFormat {
    switch model {
    case .gray: .gray
    case .grayAlpha, .rgba: .rgba
    case .rgb, .cmyk: .rgb
    }
  }
}

/// Turns decoded pixels into those of an image.
///
/// CMYK becomes RGB without a colour profile, and RGB becomes gray by ITU-R 601, both in Pillow's integer arithmetic.
struct RowUnpacking: Sendable {
  let stored: StoredPixels
  let format: PixelFormat
  let depth: SampleDepth

  /// Whether the bytes are already the image's.
  var isCopy: Bool {
    guard stored.depth == depth else { return false }
    return switch (stored.model, format) {
    case (.gray, .gray), (.rgb, .rgb), (.rgba, .rgba): true
    default: false
    }
  }

  /// Bytes of `pixels` pixels of the image.
  func byteCount(_ pixels: Int) -> Int { pixels * format.channels * depth.byteCount }

  /// Unpacks `pixels` pixels.
  func unpack(_ source: UnsafePointer<UInt8>, pixels: Int, into target: UnsafeMutablePointer<UInt8>) {
    if isCopy {
      target.update(from: source, count: byteCount(pixels))
    } else if stored.depth == .sixteen {
      source.withMemoryRebound(to: UInt16.self, capacity: pixels * stored.channels) { source in
        if depth == .sixteen {
          target.withMemoryRebound(to: UInt16.self, capacity: pixels * format.channels) { target in
            convert(source, pixels, target, opaque: 0xffff) { $0 }
          }
        } else {
          convert(source, pixels, target, opaque: 0xff) { UInt8($0 >> 8) }
        }
      }
    } else {
      convert(source, pixels, target, opaque: 0xff) { $0 }
    }
  }

  @inline(__always)
  private func convert<Source: FixedWidthInteger, Target: FixedWidthInteger>(
    _ source: UnsafePointer<Source>, _ pixels: Int, _ target: UnsafeMutablePointer<Target>, opaque: Target,
    _ sample: (Source) -> Target
  ) {
    let (from, to) = (stored.channels, format.channels)
    for pixel in 0..<pixels {
      let (input, output) = (source + pixel * from, target + pixel * to)
      let color = Self.color(input, stored.model, opaque: opaque, sample)
      if format == .gray {
        output[0] = stored.model == .gray || stored.model == .grayAlpha ? color.0 : Self.luma(color)
      } else {
        output[0] = color.0
        output[1] = color.1
        output[2] = color.2
        if format == .rgba { output[3] = color.3 }
      }
    }
  }

  @inline(__always)
  private static func color<Source: FixedWidthInteger, Target: FixedWidthInteger>(
    _ input: UnsafePointer<Source>, _ model: StoredPixels.Model, opaque: Target, _ sample: (Source) -> Target
  ) -> (Target, Target, Target, Target) {
    switch model {
    case .gray, .grayAlpha:
      let light = sample(input[0])
      return (light, light, light, model == .gray ? opaque : sample(input[1]))
    case .rgb: return (sample(input[0]), sample(input[1]), sample(input[2]), opaque)
    case .rgba: return (sample(input[0]), sample(input[1]), sample(input[2]), sample(input[3]))
    case .cmyk:
      let paper = Int(opaque) - Int(sample(input[3]))
      func light(_ ink: Target) -> Target {
        let bits = Target.bitWidth
        let product = Int(ink) * paper + 1 << (bits - 1)
        return Target(clamping: paper - (product >> bits + product) >> bits)
      }
      return (light(sample(input[0])), light(sample(input[1])), light(sample(input[2])), opaque)
    }
  }

  @inline(__always)
  private static func luma<Target: FixedWidthInteger>(_ color: (Target, Target, Target, Target)) -> Target {
    Target(truncatingIfNeeded: (Int(color.0) * 19_595 + Int(color.1) * 38_470 + Int(color.2) * 7_471 + 0x8000) >> 16)
  }
}
