// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import PeerSupport
import TargetProtocol

/// Bytes as the protocol's document writes them: a line for each frame.
struct Transcript {
  private(set) var lines: [String] = []
  private var begun: Set<Bool> = []

  init(_ log: [(fromHost: Bool, bytes: Data)]) {
    for (fromHost, bytes) in log {
      var rest = Array(bytes)
      if begun.insert(fromHost).inserted {
        lines.append(
          "\(fromHost ? "→" : "←") '\(String(decoding: rest.prefix(6), as: UTF8.self))' \(Self.hex(rest[6..<8]))")
        rest.removeFirst(8)
      }
      while rest.count >= 12 {
        let length = (8..<12).reversed().reduce(0) { $0 << 8 | Int(rest[$1]) }
        let parts = [Self.hex(rest[0..<4]), Self.hex(rest[4..<8]), Self.hex(rest[8..<12])]
        let text = Self.payload(FrameType(rawValue: rest[0]), rest[12..<(12 + length)])
        lines.append("\(fromHost ? "→" : "←") " + (parts + text).joined(separator: " | "))
        rest.removeFirst(12 + length)
      }
    }
  }

  var text: String { lines.joined(separator: "\n") }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { String($0 >> 4, radix: 16, uppercase: true) + String($0 & 15, radix: 16, uppercase: true) }
      .joined(separator: " ")
  }

  private static func payload(_ type: FrameType?, _ bytes: ArraySlice<UInt8>) -> [String] {
    func quoted(_ bytes: ArraySlice<UInt8>) -> String { "'\(String(decoding: bytes, as: UTF8.self))'" }
    switch type {
    case .hello?, .request?, .answer?, .failure?, .event?, .data?: return [quoted(bytes)]
    case .welcome?: return [hex(bytes.prefix(32)), quoted(bytes.dropFirst(32))]
    case .prove?: return [hex(bytes.prefix(1)), hex(bytes.dropFirst(1))]
    case .offer?: return [hex(bytes.prefix(32)), hex(bytes.dropFirst(32))]
    case .want?: return [hex(bytes.prefix(8)), hex(bytes.dropFirst(8))]
    case .close?: return [hex(bytes.prefix(2)), quoted(bytes.dropFirst(2))]
    default: return bytes.isEmpty ? [] : [hex(bytes)]
    }
  }

  /// The document's example.
  static func documented() throws -> String {
    let page = try String(
      contentsOf: PeerPython.root.appending(path: "Documentation/target-protocol.md"), encoding: .utf8)
    let after = page.split(separator: "<!-- example:", maxSplits: 1).last ?? ""
    let parts = after.split(separator: "```\n", maxSplits: 2)
    return parts.count > 1 ? parts[1].trimmingPrefix("```\n").split(separator: "\n").joined(separator: "\n") : ""
  }

  /// The session that the document shows.
  static func example() throws -> DirectPair {
    let bare = ChannelFacts()
    guard let token = AccessToken(Data(0..<32)) else { throw HostRefusal.notReady }
    var pair = DirectPair(
      .token(token, agent: nil), AgentTrust(tokens: [token]), hostChannel: bare, agentChannel: bare)
    let turn = try pair.host.request(SessionMethod.acquireTurn, NoParameters(), at: .zero)
    pair.pump()
    pair.agent.tell(.position(0), of: turn, at: .zero)
    pair.agent.answer(turn, NoParameters(), at: .zero)
    pair.pump()
    let bytes = Data("hello".utf8)
    let stream = try pair.host.offer(Blob(digest: .init(of: bytes), byteCount: 5), at: .zero)
    pair.pump()
    pair.agent.want(stream, window: 4, at: .zero)
    while pair.agent.isReady, pair.host.end == nil {
      pair.pump()
      guard let piece = pair.host.nextPiece() else { break }
      pair.host.send(bytes.dropFirst(Int(piece.offset)).prefix(piece.count), of: stream, at: .zero)
      pair.pump()
      pair.agent.consumed(piece.count, of: stream, at: .zero)
    }
    pair.agent.have(stream, at: .zero)
    pair.pump()
    pair.host.leave(within: 0, at: .zero)
    pair.pump()
    return pair
  }
}
