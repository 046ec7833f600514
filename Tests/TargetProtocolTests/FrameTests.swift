// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Statistics
import TargetProtocol
import Tensors
import Testing

/// What a decoder handed over, with the pieces of each stream joined, so that it doesn't depend on how bytes were cut.
struct Heard: Equatable {
  var frames: [IncomingFrame] = []

  mutating func take(_ frame: IncomingFrame) {
    if case .piece(let stream, let bytes, let isEnd) = frame,
      case .piece(stream, let before, false)? = frames.last
    {
      frames[frames.count - 1] = .piece(stream: stream, bytes: before + bytes, isEnd: isEnd)
    } else {
      frames.append(frame)
    }
  }

  /// Feeds `bytes` in pieces that end at `cuts`.
  static func of(_ bytes: Data, cuts: [Int] = []) throws(ProtocolViolation) -> Heard {
    var decoder = FrameDecoder()
    var heard = Heard()
    var start = 0
    for cut in cuts + [bytes.count] where cut >= start {
      try decoder.append(bytes.dropFirst(start).prefix(cut - start)) { frame in heard.take(frame) }
      start = cut
    }
    return heard
  }
}

struct FrameTests {
  static let digest = Digest(of: "blob")

  /// A stream with every kind of frame, a message of several frames and others in between.
  static func transcript() -> Data {
    let long = OutgoingFrame.message(.answer, stream: 7, Data(repeating: 0x20, count: FrameLimits.frame * 2 + 5))
    var pieces: [Data] = [Preamble().bytes]
    pieces += OutgoingFrame.message(.hello, Data(#"{"name":"a"}"#.utf8))
    pieces += OutgoingFrame.prove(.token, digest)
    pieces += OutgoingFrame.offer(stream: 3, Blob(digest: digest, byteCount: 70))
    pieces += OutgoingFrame.want(stream: 3, offset: 5, credit: 9)
    pieces += OutgoingFrame.data(stream: 3, Data([1, 2, 3]), isEnd: false)
    pieces += long.prefix(2)
    pieces += OutgoingFrame.beat(.ping, 1 << 60) + OutgoingFrame.data(stream: 3, Data([4]), isEnd: true)
    pieces += long.dropFirst(2)
    pieces += OutgoingFrame.fetch(stream: 9, digest, offset: 1, credit: 2) + OutgoingFrame.credit(stream: 9, 77)
    pieces += OutgoingFrame.data(stream: 11, Data(), isEnd: true) + OutgoingFrame.message(.cancel, stream: 9)
    pieces += OutgoingFrame.goodbye(4) + OutgoingFrame.close(.done, "bye")
    return pieces.reduce(Data(), +)
  }

  @Test func everyFrameReadsBackHoweverItIsCut() throws {
    let bytes = Self.transcript()
    let whole = try Heard.of(bytes)
    #expect(whole.frames.count == 15)
    #expect(whole.frames.first == .preamble(Preamble()))
    #expect(whole.frames.contains(.message(.ping, stream: 0, payload: Data([0, 0, 0, 0, 0, 0, 0, 0x10]))))
    var random = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let cuts = (0..<20).map { _ in random.number(below: bytes.count) }.sorted()
      #expect(try Heard.of(bytes, cuts: cuts) == whole)
    }
    // The beginning and the end byte by byte; the middle is one message.
    let cuts = Array(1..<400) + Array((bytes.count - 300)..<bytes.count)
    #expect(try Heard.of(bytes, cuts: cuts) == whole)
  }

  @Test func truncatedAnywhereItWaitsAndHoldsOnlyWhatArrived() throws {
    let bytes = Self.transcript()
    let places = Array(0..<400) + Array(stride(from: 400, to: bytes.count, by: 4099)) + [bytes.count - 1]
    for count in places {
      var decoder = FrameDecoder()
      var frames = 0
      try decoder.append(bytes.prefix(count)) { _ in frames += 1 }
      #expect(decoder.heldByteCount <= count)
      #expect(frames < 18)
    }
  }

  @Test func mutatedBytesNeverCrash() {
    let original = Array(Self.transcript().prefix(600)) + Array(Self.transcript().suffix(400))
    var random = SeededGenerator(seed: 2)
    var refused = 0
    for _ in 0..<20_000 {
      var bytes = original
      for _ in 0...random.number(below: 4) {
        let place = random.number(below: bytes.count)
        switch random.number(below: 4) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: random.next())
        case 1: bytes[place] ^= 1 << UInt8(random.number(below: 8))
        case 2: bytes.remove(at: place)
        default: bytes.insert(UInt8(truncatingIfNeeded: random.next()), at: place)
        }
      }
      var decoder = FrameDecoder()
      do {
        let cut = random.number(below: bytes.count)
        try decoder.append(Data(bytes.prefix(cut))) { _ in }
        try decoder.append(Data(bytes.dropFirst(cut))) { _ in }
      } catch { refused += 1 }
      #expect(decoder.heldByteCount <= bytes.count)
    }
    #expect(refused > 1000)
  }

  @Test(arguments: FrameType.allCases)
  func aClaimedSizeIsNeverBelieved(_ type: FrameType) {
    for claimed: [UInt8] in [[0xFF, 0xFF, 0xFF, 0xFF], [1, 0, 4, 0], [0, 0, 0, 0x80]] {
      for stream: UInt8 in [0, 1] {
        var decoder = FrameDecoder(expectsPreamble: false)
        #expect(throws: ProtocolViolation.self) {
          try decoder.append(Data([type.rawValue, 1, 0, 0, stream, 0, 0, 0] + claimed)) { _ in }
        }
        #expect(decoder.heldByteCount == 0)
      }
    }
  }

  @Test func aMessageGrowsOnlyToTheLimit() throws {
    var decoder = FrameDecoder(messageLimit: 1000, expectsPreamble: false)
    let head = Data([0x10, 0, 0, 0, 1, 0, 0, 0, 0x90, 1, 0, 0])
    let part = head + Data(repeating: 0x20, count: 400)
    try decoder.append(part + part) { _ in }
    #expect(decoder.heldByteCount == 800)
    #expect(throws: ProtocolViolation.self) { try decoder.append(part) { _ in } }
  }

  @Test(
    arguments: [
      [0x00, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // no such type
      [0x14, 3, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // an unknown flag
      [0x14, 1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // a reserved byte
      [0x14, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // not the last frame of what has one
      [0x14, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],  // the session's stream
      [0x30, 1, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0],  // a stream for what has none
      [0x24, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // nothing, and not the end
      [0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],  // a message that never grows
      [0x25, 1, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0],  // too short
    ] as [[UInt8]])
  func illegalHeadersAreRefused(_ bytes: [UInt8]) {
    var decoder = FrameDecoder(expectsPreamble: false)
    #expect(throws: ProtocolViolation.self) { try decoder.append(Data(bytes)) { _ in } }
  }

  @Test func aMessageInAMessageIsRefused() throws {
    var decoder = FrameDecoder(expectsPreamble: false)
    try decoder.append(Data([0x10, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x7B])) { _ in }
    #expect(throws: ProtocolViolation.self) {
      try decoder.append(Data([0x10, 1, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 0x7B, 0x7D])) { _ in }
    }
  }

  @Test(arguments: ["GALLEX\u{1}\u{1}", "GALLEY\u{0}\u{1}", "GALLEY\u{2}\u{1}", "GET / HT"])
  func otherPreamblesAreRefused(_ text: String) {
    var decoder = FrameDecoder()
    #expect(throws: ProtocolViolation.self) { try decoder.append(Data(text.utf8)) { _ in } }
  }

  @Test func theHighestCommonVersionIsSpoken() {
    #expect(Preamble(versions: 1...3).common(with: Preamble(versions: 2...5)) == 3)
    #expect(Preamble(versions: 1...1).common(with: Preamble(versions: 2...5)) == nil)
  }

  @Test func piecesOfBlobsAreNotCopied() throws {
    let content = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0) })
    let bytes = OutgoingFrame.data(stream: 1, content, isEnd: true).reduce(Data(), +)
    let address = bytes.withUnsafeBytes { $0.baseAddress }
    var decoder = FrameDecoder(expectsPreamble: false)
    try decoder.append(bytes) { frame in
      guard case .piece(1, let piece, true) = frame else {
        Issue.record("no piece")
        return
      }
      #expect(piece.withUnsafeBytes { $0.baseAddress } == address.map { $0 + 12 })
    }
    #expect(decoder.heldByteCount == 0)
  }
}
