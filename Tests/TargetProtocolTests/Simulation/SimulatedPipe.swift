// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Statistics

/// One direction of a connection: bytes arrive late, cut and joined at random, in order.
struct SimulatedPipe {
  /// What goes wrong after so many bytes.
  enum Fault: Equatable {
    case none
    /// The connection ends.
    case cut(after: Int)
    /// Bytes vanish and nobody notices.
    case silence(after: Int)
    /// A few bytes are lost.
    case loss(after: Int, count: Int)
    /// A byte is another one.
    case damage(at: Int)
  }

  var fault = Fault.none
  /// Longest delay of a piece in microseconds.
  var delay = 1000
  /// Longest piece.
  var longest = 4096
  private(set) var sent = 0
  private var waiting: [(at: Duration, bytes: Data)] = []
  private(set) var isCut = false

  var nextArrival: Duration? { waiting.first?.at }
  var isEmpty: Bool { waiting.isEmpty }

  mutating func push(_ pieces: [Data], at now: Duration, _ random: inout SeededGenerator) {
    var rest = faulted(pieces.reduce(Data(), +))
    var at = max(now, waiting.last?.at ?? now)
    while !rest.isEmpty {
      let part = Data(rest.prefix(1 + random.number(below: longest)))
      rest = rest.dropFirst(part.count)
      at += .microseconds(random.number(below: delay + 1))
      waiting.append((at, part))
    }
  }

  /// What has arrived, joined at random.
  mutating func pull(at now: Duration, _ random: inout SeededGenerator) -> Data? {
    guard let first = waiting.first, first.at <= now else { return nil }
    waiting.removeFirst()
    var bytes = first.bytes
    while let next = waiting.first, next.at <= now, random.number(below: 3) > 0 {
      bytes += next.bytes
      waiting.removeFirst()
    }
    return bytes
  }

  private mutating func faulted(_ bytes: Data) -> Data {
    let start = sent
    sent += bytes.count
    func within(_ place: Int) -> Int? { place >= start && place < sent ? place - start : nil }
    switch fault {
    case .none: return bytes
    case .cut(let after):
      if sent >= after { isCut = true }
      return bytes.prefix(max(after - start, 0))
    case .silence(let after): return bytes.prefix(max(after - start, 0))
    case .loss(let after, let count):
      guard let place = within(after) else { return bytes }
      return Data(bytes.prefix(place)) + bytes.dropFirst(place + count)
    case .damage(let at):
      guard let place = within(at) else { return bytes }
      var changed = Data(bytes)
      changed[place] ^= 0x55
      return changed
    }
  }
}
