// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Testing
import WorkerProtocol

/// The message layer without any process.
struct MessageTests {
  static func kind(_ text: String) throws(RPCError) -> IncomingMessage.Kind {
    try IncomingMessage(Data(text.utf8)).kind
  }

  @Test func readsTheFourKindsOfMessages() throws {
    #expect(
      try Self.kind(#"{"jsonrpc":"2.0","id":1,"method":"a","params":{}}"#) == .request(id: .number(1), method: "a"))
    #expect(
      try Self.kind(#" {"method":"a","id":"x","params":[1],"jsonrpc":"2.0"} "#)
        == .request(id: .text("x"), method: "a"))
    #expect(try Self.kind(#"{"jsonrpc":"2.0","method":"a"}"#) == .notification(method: "a"))
    #expect(try Self.kind(#"{"jsonrpc":"2.0","id":1,"result":null}"#) == .result(id: .number(1)))
    #expect(
      try Self.kind(#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}"#)
        == .failure(id: .null, RPCError(-32700, "m")))
  }

  @Test(
    arguments: [
      ("", RPCError.parseError), ("{", RPCError.parseError), ("nonsense", RPCError.parseError),
      (#"{"jsonrpc":"2.0","method":"a"}}"#, RPCError.parseError),
      ("[]", RPCError.invalidRequest), (#" [{"jsonrpc":"2.0","method":"a"}]"#, RPCError.invalidRequest),
      ("1", RPCError.invalidRequest), ("{}", RPCError.invalidRequest), ("null", RPCError.invalidRequest),
      (#"{"jsonrpc":"1.0","method":"a"}"#, RPCError.invalidRequest),
      (#"{"jsonrpc":"2.0","method":1}"#, RPCError.invalidRequest),
      (#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#, RPCError.invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"method":"a","params":7}"#, RPCError.invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":"m"}}"#, RPCError.invalidRequest),
      (#"{"jsonrpc":"2.0","id":1}"#, RPCError.invalidRequest),
      (#"{"jsonrpc":"2.0","result":1}"#, RPCError.invalidRequest),
      (#"{"jsonrpc":"2.0","id":1,"method":"a","result":1}"#, RPCError.invalidRequest),
    ])
  func refusesWhatTheStandardRefuses(_ text: String, _ code: Int) {
    let error = #expect(throws: RPCError.self) { try Self.kind(text) }
    #expect(error?.code == code)
  }

  @Test func everyMessageIsOneLineThatReadsBack() throws {
    let line = try OutgoingMessage.request(id: .number(7), method: "echo", parameters: ["text": "a\nb"])
    #expect(line.last == 0x0A)
    #expect(line.count(where: { $0 == 0x0A }) == 1)
    #expect(
      String(decoding: line, as: UTF8.self)
        == #"{"id":7,"jsonrpc":"2.0","method":"echo","params":{"text":"a\nb"}}"# + "\n")
    let message = try IncomingMessage(line.dropLast())
    #expect(try message.parameters(as: [String: String].self) == ["text": "a\nb"])
  }

  @Test func absentParametersReadAsAnEmptyObject() throws {
    let message = try IncomingMessage(Data(#"{"jsonrpc":"2.0","id":1,"method":"a"}"#.utf8))
    #expect(try message.parameters(as: [String: Int].self) == [:])
  }

  @Test(arguments: [nil, "recipe.yaml:3:1"], [nil, "Mend it."])
  func galleyErrorSurvivesTheWire(_ place: String?, _ remedy: String?) throws {
    let error = GalleyError(.cantCreate, "can't write", at: place, why: "full \"disk\"", remedy: remedy)
    let line = try OutgoingMessage.failure(id: .text("x"), RPCError(error))
    guard case .failure(.text("x"), let back) = try IncomingMessage(line.dropLast()).kind else {
      Issue.record("not a failure")
      return
    }
    #expect(back.galleyError == error)
  }

  @Test func refusalsNameTheIdIfItCanBeRead() {
    #expect(IncomingMessage.requestID(in: Data(#"{"id":4,"method":1}"#.utf8)) == .number(4))
    #expect(IncomingMessage.requestID(in: Data(#"{"id":{}}"#.utf8)) == .null)
    #expect(IncomingMessage.requestID(in: Data("[".utf8)) == .null)
  }

  /// Seeded damage to real messages: every result is a message or an error of the standard.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func damagedMessagesNeverHarm(_ seed: UInt64) throws {
    let corpus = [
      #"{"jsonrpc":"2.0","id":1,"method":"train","params":{"epochs":3,"rate":1e-3,"name":"\u00fc","list":[1,[2,{}]]}}"#,
      #"{"jsonrpc":"2.0","id":"a","error":{"code":-32000,"message":"m","data":{"exitCode":65,"what":"w","why":"y"}}}"#,
      #"{"jsonrpc":"2.0","method":"progress","params":{"id":1,"stage":"s","completed":1,"metrics":{"loss":"NaN"}}}"#,
    ]
    var random = SplitMix64(state: seed)
    for round in 0..<4000 {
      var bytes = Array(corpus[round % corpus.count].utf8)
      for _ in 0...Int.random(in: 0..<4, using: &random) { Self.damage(&bytes, &random) }
      let data = Data(bytes)
      do {
        let message = try IncomingMessage(data)
        _ = try? message.parameters(as: WorkerProgress.self)
        _ = try? message.result(as: WorkerDescription.self)
        if case .failure(_, let error) = message.kind { _ = error.galleyError }
      } catch {
        #expect(error.code == RPCError.parseError || error.code == RPCError.invalidRequest)
      }
      _ = IncomingMessage.requestID(in: data)
    }
  }

  private static func damage(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
    guard !bytes.isEmpty else { return }
    let position = Int.random(in: bytes.indices, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[position] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.remove(at: position)
    case 2: bytes.insert(contentsOf: Array(#"[{"0:,}]"#.utf8).shuffled(using: &random).prefix(3), at: position)
    case 3: bytes.removeLast(bytes.count - position)
    default: bytes.insert(contentsOf: bytes[..<position].suffix(20), at: position)
    }
  }
}

struct LineSplitterTests {
  static func pieces(_ bytes: [UInt8], in sizes: () -> Int, limit: Int = 1000) -> [LineSplitter.Piece] {
    var splitter = LineSplitter(limit: limit)
    var pieces: [LineSplitter.Piece] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + max(1, sizes()))
      pieces += bytes[start..<end].withUnsafeBytes { splitter.append($0) }
      start = end
    }
    return pieces
  }

  @Test func cutsAtLineFeedsAndDropsEmptyLines() {
    let pieces = Self.pieces(Array("a\n\nbc\r\n\r\nrest".utf8), in: { 1 })
    #expect(pieces == [.line(Data("a".utf8)), .line(Data("bc".utf8))])
  }

  @Test func lineBeyondTheLimitIsSaidOnceAndTheNextOneIsRead() {
    let text = String(repeating: "x", count: 50) + "\nok\n" + String(repeating: "y", count: 10) + "\n"
    for size in [1, 7, 64] {
      let pieces = Self.pieces(Array(text.utf8), in: { size }, limit: 10)
      #expect(pieces == [.tooLong, .line(Data("ok".utf8)), .line(Data(repeating: 0x79, count: 10))])
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func howTheBytesArriveDoesNotMatter(_ seed: UInt64) {
    var random = SplitMix64(state: seed)
    let alphabet = Array("ab\n\r{}\u{FF}".utf8)
    let bytes = (0..<3000).map { _ in alphabet[Int.random(in: alphabet.indices, using: &random)] }
    let whole = Self.pieces(bytes, in: { bytes.count })
    #expect(Self.pieces(bytes, in: { Int.random(in: 1..<40, using: &random) }) == whole)
  }
}

/// A seeded generator, so that a failure can be repeated. Source: Steele, Lea, Flood, "Fast splittable pseudorandom
/// number generators", OOPSLA 2014.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
