// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation

/// A grey picture as PNG.
func png(width: Int, height: Int, shade: UInt8 = 100) -> Data {
  let pixels = [UInt8](repeating: shade, count: width * height)
  return Data(PNGEncoder.encode(pixels, width: width, height: height, channels: 1) ?? [])
}
