// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import PeerSupport
import TargetProtocol
import Testing

/// The implementation in Python, which was written from the document alone.
struct PeerTests {
  static let python = PeerPython()
  static let script = "Tests/TargetProtocolTests/Peer/peer.py"

  static func ask<Answer: Decodable>(_ arguments: String..., as type: Answer.Type = Answer.self) throws -> Answer {
    try JSONDecoder().decode(type, from: python.run(script: script, arguments))
  }

  /// Writes bytes where Python can read them.
  static func withFile<Result>(_ bytes: Data, _ body: (String) throws -> Result) throws -> Result {
    let file = FileManager.default.temporaryDirectory.appending(path: "target-peer-\(UUID().uuidString)")
    try bytes.write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try body(file.path)
  }

  struct Heading: Decodable, Equatable {
    var type: String
    var stream: UInt32
    var end: Bool
  }

  struct Decoded: Decodable {
    var messages: [Heading]
    var rest: Int
  }

  struct Encoded: Decodable { var hex: String }

  static func bytes(_ hex: String) -> Data {
    let digits = Array(hex.utf8)
    return Data(
      stride(from: 0, to: digits.count - 1, by: 2).compactMap {
        UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
      })
  }

  static func headings(_ bytes: Data) throws -> [Heading] {
    var headings: [Heading] = []
    var decoder = FrameDecoder()
    try decoder.append(bytes) { frame in
      switch frame {
      case .preamble: headings.append(Heading(type: "preamble", stream: 0, end: true))
      case .message(let type, let stream, _): headings.append(Heading(type: "\(type)", stream: stream, end: true))
      case .piece(let stream, _, let isEnd): headings.append(Heading(type: "data", stream: stream, end: isEnd))
      }
    }
    return headings
  }

  /// A session with a bit of everything, from both sides.
  static func transcripts() throws -> [Data] {
    let example = try Transcript.example()
    var connection = SessionSimulationTests.connection()
    SessionSimulationTests.run(&connection)
    var refused = DirectPair(.certificate(agent: DirectPair.certificates.agent), AgentTrust())
    refused.wait(2)
    var pairing = PairingTests.compared()
    pairing.host.confirm(true, at: .zero)
    pairing.agent.confirmPairing(true, at: .zero)
    pairing.pump()
    pairing.agent.pairingStored(true, at: .zero)
    pairing.pump()
    var idle = DirectPair.ready()
    idle.wait(12)
    _ = try idle.host.request("x", NoParameters(), at: idle.now)
    idle.agent.leave(within: 3, at: idle.now)
    idle.pump()
    return [example.written, connection.written, refused.written, pairing.written, idle.written].flatMap {
      [$0.host, $0.agent]
    }
  }

  @Test(.enabled(if: python.isPresent, "no Python"))
  func pythonReadsWhatSwiftWritesAndWritesTheSame() throws {
    for bytes in try Self.transcripts() {
      try Self.withFile(bytes) { file in
        let answer = try Self.python.run(script: Self.script, ["decode", file])
        let decoded = try JSONDecoder().decode(Decoded.self, from: answer)
        #expect(decoded.rest == 0)
        #expect(try decoded.messages == Self.headings(bytes))
        try Self.withFile(answer) { file in
          let encoded = try Self.ask("encode", file, as: Encoded.self)
          #expect(Self.bytes(encoded.hex) == bytes)
        }
      }
    }
  }

  struct Made: Decodable {
    struct Message: Decodable {
      var type: String
      var stream: UInt32
      var digest: Digest
    }
    var messages: [Message]
    var hex: String
  }

  @Test(.enabled(if: python.isPresent, "no Python"), arguments: 1...3)
  func swiftReadsWhatPythonWritesAndWritesTheSame(seed: Int) throws {
    let made = try Self.ask("random", String(seed), "200", as: Made.self)
    let bytes = Self.bytes(made.hex)
    var written = Preamble().bytes
    var messages: [(type: String, stream: UInt32, digest: Digest)] = []
    var decoder = FrameDecoder()
    try decoder.append(bytes) { frame in
      switch frame {
      case .preamble: break
      case .message(let type, let stream, let payload):
        messages.append(("\(type)", stream, Digest(of: payload)))
        written += OutgoingFrame.message(type, stream: stream, payload).reduce(Data(), +)
      case .piece(let stream, let payload, let isEnd):
        messages.append(("data", stream, Digest(of: payload)))
        written += OutgoingFrame.data(stream: stream, payload, isEnd: isEnd).reduce(Data(), +)
      }
    }
    #expect(messages.count == made.messages.count)
    for (found, said) in zip(messages, made.messages) {
      #expect(found == (said.type, said.stream, said.digest))
    }
    #expect(written == bytes)
  }

  struct Trust: Decodable {
    var proofs: [String]
    var commitments: [String]
    var digits: String
  }

  @Test(.enabled(if: python.isPresent, "no Python"), arguments: [16, 32, 64, 65, 200])
  func proofsAndDigitsAreThoseOfPython(tokenLength: Int) throws {
    let secret = Data((0..<tokenLength).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let token = try #require(AccessToken(secret))
    let names = ["h\(tokenLength)", "a", "host certificate", "agent certificate", "p", "q"].map { Digest(of: $0) }
    let (h, a, host, agent, p, q) = (names[0], names[1], names[2], names[3], names[4], names[5])
    let hex = secret.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let said = try Self.ask("trust", hex, h.hex, a.hex, host.hex, agent.hex, p.hex, q.hex, as: Trust.self)
    let channel = ChannelFacts(agentCertificate: agent, hostCertificate: host)
    #expect(said.proofs == [.host, .agent].map { token.proof(of: $0, host: h, agent: a, channel).hex })
    let own = [(AccessToken.Side.host, q), (.agent, p)].map {
      PairingCode.commitment(of: $0.0, $0.1, hostCertificate: host, agentCertificate: agent).hex
    }
    #expect(said.commitments == own)
    #expect(
      said.digits == "\(PairingCode(host: q, agent: p, hostCertificate: host, agentCertificate: agent))")
  }
}
