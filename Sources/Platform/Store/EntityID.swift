// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Synchronization

/// Ids as Dataloop has them: 24 hexadecimal digits that no other process draws.
///
/// They are made as BSON's ObjectId: four bytes of seconds since 1970, five that this process drew at random, three of
/// a counter that began at random (MongoDB's specification of BSON types).
enum EntityID {
  private struct State {
    let process = UInt64.random(in: 0..<1 << 40)
    var counter = UInt64.random(in: 0..<1 << 24)
  }

  private static let state = Mutex(State())
  private static let digits = Array("0123456789abcdef".utf8)

  /// A new id.
  static func make() -> String {
    let seconds = UInt64(max(0, Date().timeIntervalSince1970)) & 0xFFFF_FFFF
    let (process, counter) = state.withLock { state in
      state.counter = (state.counter + 1) & 0xFF_FFFF
      return (state.process, state.counter)
    }
    var text: [UInt8] = []
    text.reserveCapacity(24)
    func append(_ value: UInt64, _ count: Int) {
      for place in (0..<count).reversed() { text.append(digits[Int(value >> (4 * UInt64(place)) & 15)]) }
    }
    append(seconds, 8)
    append(process, 10)
    append(counter, 6)
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether a text can be an id that came from elsewhere: letters, digits, `-` and `_`, at most 64.
  static func isUsable(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
          || $0 == 0x5F
      }
  }
}
