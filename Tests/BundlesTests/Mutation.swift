// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Statistics

/// Changes of bytes, by seed: the same seed gives the same changes.
struct Mutation {
  enum Kind: CaseIterable {
    case flip, set, truncate, append, insert, remove, swap, repeatBlock, zeroBlock, number
  }

  private let good: Data
  private var generator: SplitMix64

  init(_ good: Data, seed: UInt64) {
    self.good = good
    generator = SplitMix64(seed: seed)
  }

  /// The next change; the bytes always differ from the good ones.
  mutating func next() -> (Kind, Data) {
    while true {
      let kind = Kind.allCases.randomElement(using: &generator) ?? .flip
      let bytes = changed(kind)
      if bytes != good { return (kind, bytes) }
    }
  }

  private mutating func changed(_ kind: Kind) -> Data {
    var bytes = good
    let place = Int.random(in: 0..<good.count, using: &generator)
    let block = place / 512 * 512..<place / 512 * 512 + 512
    let other = Int.random(in: 0..<good.count / 512, using: &generator) * 512
    switch kind {
    case .flip: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
    case .set: bytes[place] = UInt8.random(in: 0...255, using: &generator)
    case .truncate: bytes = good.prefix(place)
    case .append: bytes += (0..<Int.random(in: 1...1024, using: &generator)).map { _ in 0 }
    case .insert: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
    case .remove: bytes.removeSubrange(place..<min(good.count, place + Int.random(in: 1...600, using: &generator)))
    case .swap:
      bytes.replaceSubrange(block, with: good[other..<other + 512])
      bytes.replaceSubrange(other..<other + 512, with: good[block])
    case .repeatBlock: bytes.insert(contentsOf: good[block], at: other)
    case .zeroBlock: bytes.replaceSubrange(block, with: Data(count: 512))
    case .number:
      // A digit becomes another: sizes, counts, sequence, checksums, digests.
      let digits = good.indices.filter { good[$0] &- 0x30 < 10 }
      if let digit = digits.randomElement(using: &generator) {
        bytes[digit] = 0x30 + UInt8.random(in: 0...9, using: &generator)
      }
    }
    return bytes
  }
}
