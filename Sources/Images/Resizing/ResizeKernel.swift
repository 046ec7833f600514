// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// How a resized image's pixels are computed from those around them.
public enum ResizeKernel: String, Sendable, Hashable, Codable, CaseIterable {
  /// The pixel at that place.
  case nearest
  /// A triangle over 2 pixels.
  case bilinear
  /// Keys' cubic over 4 pixels: a = −0.5 with antialiasing (as Pillow), −0.75 without (as PyTorch).
  case bicubic
  /// A windowed sinc over 6 pixels.
  case lanczos

  /// Pixels on each side that the kernel reaches over.
  var support: Double {
    switch self {
    case .nearest: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight of a pixel at `distance`.
  func weight(_ distance: Double, sharpness: Double) -> Double {
    switch self {
    case .nearest:
      return distance > -0.5 && distance <= 0.5 ? 1 : 0
    case .bilinear:
      let x = abs(distance)
      return x < 1 ? 1 - x : 0
    case .bicubic:
      let (x, a) = (abs(distance), sharpness)
      if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0
    case .lanczos:
      return distance >= -3 && distance < 3 ? Self.sinc(distance) * Self.sinc(distance / 3) : 0
    }
  }

  private static func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sin(x * .pi) / (x * .pi)
  }
}
