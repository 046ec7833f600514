// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import TargetProtocol
import Testing

struct HandshakeTests {
  static let certificates = DirectPair.certificates

  static func token(_ first: UInt8 = 0) throws -> AccessToken {
    try #require(AccessToken(Data((0..<32).map { $0 &+ first })))
  }

  @Test func aPinnedCertificateIsEnough() {
    let pair = DirectPair.ready()
    #expect(pair.host.welcome == SimulatedConnection.welcome)
    #expect(pair.agentEvents == [.ready(.certificate(Self.certificates.host))])
  }

  @Test func aTokenIsEnoughAndNeverTravels() throws {
    let trust = AgentTrust(tokens: [try Self.token(9), try Self.token()])
    let pair = DirectPair(.token(try Self.token(), agent: nil), trust)
    #expect(pair.host.welcome != nil)
    #expect(pair.agentEvents == [.ready(.token(1))])
    for written in [pair.written.host, pair.written.agent] { #expect(written.range(of: Data(0..<32)) == nil) }
  }

  @Test func aUserOfTheMachineIsEnoughWhereTheAgentSaysSo() {
    let local = ChannelFacts(isLocal: true)
    let pair = DirectPair(.local, AgentTrust(takesLocal: true), hostChannel: local, agentChannel: local)
    #expect(pair.agentEvents == [.ready(.local)])
    let remote = DirectPair(.local, AgentTrust(takesLocal: true))
    #expect(remote.host.end?.code == .notAuthenticated)
    #expect(remote.agentEvents.isEmpty)
  }

  @Test func whoIsNotKnownIsRefusedAfterASecondWithoutAReason() throws {
    let trusts = [
      (HostCredential.certificate(agent: Self.certificates.agent), AgentTrust(hosts: [Digest(of: "other")])),
      (.token(try Self.token(1), agent: nil), AgentTrust(tokens: [try Self.token()])),
    ]
    for (credential, trust) in trusts {
      var pair = DirectPair(credential, trust)
      #expect(pair.agent.end == nil)
      pair.wait(0.9)
      #expect(pair.agent.end == nil)
      pair.wait(0.2)
      #expect(pair.agent.end == SessionEnd(.notAuthenticated, "not authenticated"))
      #expect(pair.host.end == SessionEnd(.notAuthenticated, "not authenticated", isRemote: true))
      #expect(pair.agentEvents.isEmpty)
    }
  }

  @Test func aHostSaysNothingToAnAgentThatIsNotThePinnedOne() {
    let pair = DirectPair(.certificate(agent: Digest(of: "another")), AgentTrust(hosts: [Self.certificates.host]))
    #expect(pair.host.end?.code == .notAuthenticated)
    #expect(pair.written.host.isEmpty)
  }

  @Test func aManInTheMiddleHasAnotherCertificateAndIsRefused() throws {
    let other = ChannelFacts(agentCertificate: Digest(of: "middle"), hostCertificate: Self.certificates.host)
    var pair = DirectPair(
      .token(try Self.token(), agent: nil), AgentTrust(tokens: [try Self.token()]), hostChannel: other)
    pair.wait(2)
    #expect(pair.agent.end?.code == .notAuthenticated)
    #expect(pair.host.welcome == nil)
  }

  @Test func whatWasSaidInOneSessionIsWorthNothingInAnother() throws {
    let trust = AgentTrust(tokens: [try Self.token()])
    let first = DirectPair(.token(try Self.token(), agent: nil), trust)
    var again = DirectPair(.local, trust, nonces: ("x", "another"))
    again.agent = AgentSession(
      SessionIdentity(name: "a", version: "1", nonce: Digest(of: "another"), channel: DirectPair.channel), trust,
      SimulatedConnection.welcome, at: .zero)
    again.agent.receive(first.written.host, at: .zero)
    again.agent.tick(at: .seconds(2))
    #expect(again.agent.end?.code == .notAuthenticated)
    // Nor is an agent's answer: a host with another nonce refuses it.
    var host = HostSession(
      SessionIdentity(name: "h", version: "1", nonce: Digest(of: "new"), channel: DirectPair.channel),
      .token(try Self.token(), agent: nil), at: .zero)
    host.receive(first.written.agent, at: .zero)
    #expect(host.end == SessionEnd(.notAuthenticated, "the agent doesn't know the token"))
  }

  @Test func aReflectedProofIsRefused() throws {
    // An agent without the token gives the host's own words back.
    var host = HostSession(
      SessionIdentity(name: "h", version: "1", nonce: Digest(of: "host"), channel: DirectPair.channel),
      .token(try Self.token(), agent: nil), at: .zero)
    var written = Data()
    for case .send(let pieces) in host.takeOutput() { written += pieces.reduce(Data(), +) }
    host.receive(written, at: .zero)
    #expect(host.end?.code == .violation)
  }

  @Test func otherVersionsAreRefusedByBothSides() {
    var pair = DirectPair.ready()
    pair.agent = AgentSession(
      SessionIdentity(name: "a", version: "1", nonce: Digest(of: "a"), channel: DirectPair.channel), AgentTrust(),
      SimulatedConnection.welcome, at: .zero)
    pair.agent.receive(Preamble(versions: 2...9).bytes, at: .zero)
    #expect(pair.agent.end?.code == .version)
    expectToldHost(&pair.agent, .version)
    var host = HostSession(
      SessionIdentity(name: "h", version: "1", nonce: Digest(of: "h"), channel: DirectPair.channel),
      .certificate(agent: Self.certificates.agent), at: .zero)
    host.receive(Preamble(versions: 2...9).bytes, at: .zero)
    #expect(host.end?.code == .version)
  }

  @Test func aSlowHandshakeEndsAfterTenSeconds() {
    for count in [0, 3, 8, 12, 30] {
      var pair = DirectPair(.local, AgentTrust())
      let bytes = DirectPair.ready().written.host.prefix(count)
      pair.agent = AgentSession(
        SessionIdentity(name: "a", version: "1", nonce: Digest(of: "a"), channel: DirectPair.channel), AgentTrust(),
        SimulatedConnection.welcome, at: .zero)
      for (second, byte) in bytes.enumerated() { pair.agent.receive(Data([byte]), at: .milliseconds(300 * second)) }
      #expect(pair.agent.nextDeadline == .seconds(10))
      pair.agent.tick(at: .seconds(10))
      #expect(pair.agent.end?.code == .timeout)
      expectToldHost(&pair.agent, .timeout)
    }
  }

  private func newAgent() -> AgentSession {
    AgentSession(
      SessionIdentity(name: "a", version: "1", nonce: Digest(of: "a"), channel: DirectPair.channel), AgentTrust(),
      SimulatedConnection.welcome, at: .zero)
  }

  /// Whether a host that read all that the agent wrote knows why it ended.
  private func expectToldHost(_ agent: inout AgentSession, _ code: CloseCode) {
    var host = HostSession(
      SessionIdentity(name: "h", version: "1", nonce: Digest(of: "h"), channel: DirectPair.channel), .local, at: .zero)
    for case .send(let pieces) in agent.takeOutput() {
      for piece in pieces { host.receive(piece, at: .zero) }
    }
    #expect(host.end?.code == code && host.end?.isRemote == true, "\(String(describing: host.end))")
  }

  @Test func anAgentThatEndsBeforeAnybodySpokeSaysWhy() {
    var leaving = newAgent()
    leaving.leave(within: 0, at: .zero)
    expectToldHost(&leaving, .shuttingDown)
    var asked = newAgent()
    asked.receive(Data("GET / HTTP/1.1".utf8), at: .zero)
    expectToldHost(&asked, .violation)
    var refusing = newAgent()
    refusing.refuse(SessionEnd(.busy, "full"), at: .zero)
    expectToldHost(&refusing, .busy)
  }

  @Test func nobodyStartsBeforeTheWelcome() throws {
    for type in FrameType.allCases where type != .hello && type != .close {
      var agent = AgentSession(
        SessionIdentity(name: "a", version: "1", nonce: Digest(of: "a"), channel: DirectPair.channel), AgentTrust(),
        SimulatedConnection.welcome, at: .zero)
      let payload = Data(repeating: 0x20, count: type == .credit ? 4 : 44)
      let head = Data([type.rawValue, 1, 0, 0, 1, 0, 0, 0, UInt8(payload.count), 0, 0, 0])
      agent.receive(Preamble().bytes + head + payload, at: .zero)
      #expect(agent.end?.code == .violation, "\(type)")
    }
  }

  @Test func shortTokensAreRefused() {
    #expect(AccessToken(Data(count: 15)) == nil)
    #expect(AccessToken(Data(count: 16)) != nil)
  }

  /// RFC 4231, test cases 1, 2 and 6.
  @Test func theAuthenticationCodeIsThatOfTheStandard() {
    let cases: [(key: Data, message: String, code: String)] = [
      (
        Data(repeating: 0x0B, count: 20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Data("Jefe".utf8), "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
      ),
      (
        Data(repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ]
    for (key, message, code) in cases {
      #expect(MessageAuthentication.code(message.utf8, key: key).hex == code)
    }
  }
}
