// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Random numbers that depend on nothing but a seed, an item, an epoch, and how many were drawn before: whichever thread
/// works on an item, and in whatever order, it draws the same.
///
/// Philox 4×32 with 10 rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011): the
/// key is the seed, the counter holds the item, the epoch, and the number of the block.
public struct ItemRandom: RandomNumberGenerator, Sendable {
  private let key: (UInt32, UInt32)
  private let item: UInt64
  private let epoch: UInt32
  private var block: UInt32 = 0
  private var left: [UInt64] = []

  /// Random numbers of one item in one epoch.
  /// - Parameter id: the item's stable id.
  public init(seed: UInt64, id: String, epoch: Int) {
    // FNV-1a, 64 bits.
    let hash = id.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    self.init(seed: seed, item: hash, epoch: UInt32(truncatingIfNeeded: epoch))
  }

  /// Random numbers of one item, named by a number, in one epoch.
  public init(seed: UInt64, item: UInt64, epoch: UInt32) {
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    self.item = item
    self.epoch = epoch
  }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    if left.isEmpty {
      let words = Self.philox(
        (UInt32(truncatingIfNeeded: item), UInt32(truncatingIfNeeded: item >> 32), epoch, block), key)
      block &+= 1
      left = [UInt64(words.3) << 32 | UInt64(words.2), UInt64(words.1) << 32 | UInt64(words.0)]
    }
    return left.removeLast()
  }

  /// A number from 0 up to but not including 1.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number in a range.
  public mutating func number(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * unit()
  }

  /// A whole number from 0 up to but not including `bound`.
  public mutating func number(below bound: Int) -> Int {
    bound > 1 ? Int(next().multipliedFullWidth(by: UInt64(bound)).high) : 0
  }

  /// The ten rounds over one block.
  static func philox(
    _ counter: (UInt32, UInt32, UInt32, UInt32), _ key: (UInt32, UInt32)
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var (counter, key) = (counter, key)
    for _ in 0..<10 {
      let first = counter.0.multipliedFullWidth(by: 0xd251_1f53)
      let second = counter.2.multipliedFullWidth(by: 0xcd9e_8d57)
      counter = (second.high ^ counter.1 ^ key.0, second.low, first.high ^ counter.3 ^ key.1, first.low)
      key = (key.0 &+ 0x9e37_79b9, key.1 &+ 0xbb67_ae85)
    }
    return counter
  }
}
