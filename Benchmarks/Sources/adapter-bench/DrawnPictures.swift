// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Images
import Platform

/// Drawn items: many small ones, and some pictures of 224 × 224.
enum DrawnPictures {
  static let small = "small"
  static let large = "large"
  static let model = "busy"
  /// A model whose adapter takes two milliseconds for each item.
  static let slowModel = "slow"

  /// The store, which is drawn once and kept in a folder.
  static func store(_ folder: String) throws -> PlatformStore {
    let store = try PlatformStore.open(PlatformPlace(home: folder, environment: [:]))
    if (try? store.model(slowModel)) != nil { return store }
    FileHandle.standardError.write(Data("drawing items …\n".utf8))
    try store.createDataset(small)
    _ = try store.addItems(
      (0..<6400).map { ItemDraft(path: "/\($0).txt", content: .bytes(Data("item \($0 % 100)".utf8))) }, to: small)
    try store.createDataset(large)
    _ = try store.addItems(
      try (0..<1920).map { ItemDraft(path: "/\($0).png", content: .bytes(try picture($0 % 64))) }, to: large)
    try store.createModel(model)
    var change = ModelChange()
    change.configuration = JSONObject(["milliseconds": 2])
    try store.createModel(slowModel, change)
    return store
  }

  /// Soft stripes with a little noise, which a PNG can't make much smaller.
  private static func picture(_ number: Int) throws -> Data {
    var state = UInt64(number + 1)
    let bytes = (0..<224 * 224 * 3).map { place in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: (place / 672 * number + place % 672 / 3) / 2 + Int(state >> 61))
    }
    return Data(try Image(width: 224, height: 224, format: .rgb, bytes: bytes).encoded(as: .png(level: 1)))
  }
}
