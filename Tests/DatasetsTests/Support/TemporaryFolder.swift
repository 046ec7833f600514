// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import FoundationEssentials

/// A folder that vanishes with the last who knows it.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    try AtomicFile.createFolder(path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes text.
  @discardableResult
  func write(_ text: String, to name: String) throws -> Self { try write(Array(text.utf8), to: name) }

  /// Writes bytes.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> Self {
    try AtomicFile.write(Data(bytes), to: "\(path)/\(name)")
    return self
  }

  /// Writes a PNG of one colour, with one pixel that makes it differ from those of other seeds.
  @discardableResult
  func image(_ name: String, width: Int = 20, height: Int = 10, seed: Int = 0) throws -> Self {
    try write(Picture.png(width, height, seed), to: name)
  }
}

/// Small pictures.
enum Picture {
  static func png(_ width: Int, _ height: Int, _ seed: Int = 0) -> [UInt8] {
    PNGEncoder.encode(pixels(width, height, seed), width: width, height: height, channels: 3) ?? []
  }

  static func pixels(_ width: Int, _ height: Int, _ seed: Int) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: seed) &+ 77
    return (0..<width * height * 3).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 56)
    }
  }
}
