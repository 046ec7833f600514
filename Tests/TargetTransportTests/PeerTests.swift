// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import PeerSupport
import Synchronization
import TargetProtocol
import TargetTransport
import Testing
import TransportSupport

/// Against OpenSSL and Python, which speak TLS of their own.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PeerTests {
  private static let openssl = "/usr/bin/openssl"
  private static let python = "/usr/bin/env"

  /// What `openssl s_client` says of an agent, and how many connections the agent took.
  /// - Parameter isTaken: Whether one is going to be taken, which is waited for.
  private func client(
    _ place: TransportPlace, _ arguments: [String], isTaken: Bool = false
  ) async throws -> (said: String, taken: Int) {
    let listener = try await Listener.listen(on: TransportPlace.loopback, identity: place.agent)
    guard case .tcp(_, let port) = listener.endpoint else { return ("", 0) }
    let words = ["s_client", "-connect", "127.0.0.1:\(port)"] + arguments
    if isTaken {
      // Its standard input doesn't end: it stays until it is ended.
      let program = try SpawnedProgram(Self.openssl, words)
      let taken = await listener.connections.first { _ in true }
      // It says what was agreed on after the handshake.
      var said = ""
      while !said.contains("Verify return code") {
        let bytes = program.output.availableData
        if bytes.isEmpty { break }
        said += String(decoding: bytes, as: UTF8.self)
      }
      program.end()
      await listener.stop()
      return (said, taken == nil ? 0 : 1)
    }
    let count = Task { await listener.connections.reduce(into: 0) { count, _ in count += 1 } }
    let (_, said) = try await say(Self.openssl, words, input: "x")
    await listener.stop()
    return (said, await count.value)
  }

  @Test func openSSLShakesHands() async throws {
    let place = try TransportPlace()
    let (said, taken) = try await client(
      place,
      ["-alpn", "galley/1", "-cert", "\(place.folder)/host/identity.pem", "-key", "\(place.folder)/host/identity.pem"],
      isTaken: true)
    #expect(said.contains("TLSv1.3") && said.contains("ALPN protocol: galley/1") && taken == 1, "\(said)")
  }

  @Test func anOlderVersionIsRefused() async throws {
    let (said, taken) = try await client(try TransportPlace(), ["-tls1_2", "-alpn", "galley/1"])
    #expect(said.contains("alert protocol version") && taken == 0, "\(said)")
  }

  @Test(arguments: [[], ["-alpn", "h2"]])
  func anotherApplicationIsRefused(arguments: [String]) async throws {
    let (_, taken) = try await client(try TransportPlace(), arguments)
    #expect(taken == 0)
  }

  @Test(arguments: [(-20.0, 10.0), (10.0, 20.0)])
  func aHostsCertificateThatDoesntCountNowIsRefused(from: Double, until: Double) async throws {
    let place = try TransportPlace()
    try await certificate(place, from: from, until: until)
    let (said, taken) = try await client(
      place, ["-alpn", "galley/1", "-cert", "\(place.folder)/other.pem", "-key", "\(place.folder)/other.pem"],
      isTaken: from < 0)
    #expect((from < 0) == (taken == 1), "\(said)")
  }

  @Test func anExpiredHostIsRefused() async throws {
    let place = try TransportPlace()
    try await certificate(place, from: -20, until: -10)
    let (said, taken) = try await client(
      place, ["-alpn", "galley/1", "-cert", "\(place.folder)/other.pem", "-key", "\(place.folder)/other.pem"])
    #expect(taken == 0, "\(said)")
  }

  /// A certificate that OpenSSL makes, which counts between two days from now.
  private func certificate(_ place: TransportPlace, from: Double, until: Double) async throws {
    let folder = place.folder
    func time(_ days: Double) -> String {
      Date(timeIntervalSinceNow: days * 86_400).ISO8601Format().filter { $0 != "-" && $0 != ":" && $0 != "T" }
    }
    let script = """
      set -e
      cd \(folder)
      openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj /CN=other -out request.pem
      touch index; echo 01 > serial
      printf '[ca]\\ndefault_ca=d\\n[d]\\ndatabase=index\\nserial=serial\\nnew_certs_dir=.\\ndefault_md=sha256\\npolicy=p\\n[p]\\ncommonName=supplied\\n' > ca.cnf
      openssl ca -batch -config ca.cnf -selfsign -keyfile key.pem -in request.pem -out certificate.pem -notext -startdate \(time(from)) -enddate \(time(until))
      cat certificate.pem key.pem > other.pem
      """
    let (status, said) = try await say("/bin/sh", ["-c", script])
    try #require(status == 0, "\(said)")
  }

  // MARK: OpenSSL as the agent

  private func connect(
    _ place: TransportPlace, _ arguments: [String], pinned: Digest?
  ) async throws -> Connection {
    let server = try SpawnedProgram(
      Self.openssl, ["s_server", "-accept", "127.0.0.1:0", "-naccept", "1"] + arguments)
    defer { server.end() }
    let port = try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try Self.port(server.output) }) }
    }
    return try await Connection.connect(
      to: .tcp(host: "127.0.0.1", port: port), identity: place.host, pinned: pinned, within: .seconds(60))
  }

  /// The port that `openssl s_server` says: `ACCEPT 127.0.0.1:41234`.
  private static func port(_ file: FileHandle) throws -> Int {
    var text = ""
    while true {
      let bytes = file.availableData
      text += String(decoding: bytes, as: UTF8.self)
      if let line = text.split(separator: "\n").first(where: { $0.hasPrefix("ACCEPT") }), text.hasSuffix("\n") {
        return try #require(Int(line.split(separator: ":").last ?? ""))
      }
      try #require(!bytes.isEmpty, "\(text)")
    }
  }

  @Test func aPinnedAgentIsTaken() async throws {
    let place = try TransportPlace()
    let pem = "\(place.folder)/agent/identity.pem"
    let arguments = ["-cert", pem, "-key", pem, "-alpn", "galley/1"]
    let connection = try await connect(place, arguments, pinned: place.agent.digest)
    #expect(connection.facts.agentCertificate == place.agent.digest)
  }

  @Test func anotherAgentIsRefused() async throws {
    let place = try TransportPlace()
    let pem = "\(place.folder)/agent/identity.pem"
    await #expect {
      _ = try await connect(place, ["-cert", pem, "-key", pem, "-alpn", "galley/1"], pinned: Digest(of: "x"))
    } throws: {
      ($0 as? GalleyError)?.exitCode == .configuration && "\($0)".contains("pinned")
    }
  }

  @Test func anExpiredAgentIsRefused() async throws {
    let place = try TransportPlace()
    try await certificate(place, from: -20, until: -10)
    let pem = "\(place.folder)/other.pem"
    await #expect {
      _ = try await connect(place, ["-cert", pem, "-key", pem, "-alpn", "galley/1"], pinned: nil)
    } throws: {
      ($0 as? GalleyError)?.exitCode == .configuration && "\($0)".contains("expired")
    }
  }

  @Test(arguments: [["-tls1_2", "-alpn", "galley/1"], [], ["-alpn", "h2"]])
  func whatIsNoAgentIsRefused(arguments: [String]) async throws {
    let place = try TransportPlace()
    let pem = "\(place.folder)/agent/identity.pem"
    await #expect { _ = try await connect(place, ["-cert", pem, "-key", pem] + arguments, pinned: nil) } throws: {
      ($0 as? GalleyError)?.exitCode == .unavailable
    }
  }

  // MARK: Python as a bad neighbour

  /// Runs `Peers/neighbour.py` against an agent that waits a second for handshakes.
  private func neighbour(_ deed: String) async throws -> String {
    let place = try TransportPlace()
    var settings = Listener.Settings()
    settings.handshake = .seconds(1)
    let listener = try await place.serve(on: TransportPlace.loopback, settings)
    guard case .tcp(_, let port) = listener.endpoint else { return "" }
    let script = PeerPython.root.appending(path: "Tests/TargetTransportTests/Peers/neighbour.py").path
    let (_, said) = try await say(
      Self.python,
      ["python3", "-B", script, deed, "\(port)", TransportPlace.secret.map { String(format: "%02x", $0) }.joined()])
    await listener.stop()
    return said
  }

  @Test(arguments: ["silence", "slow-loris"])
  func whoDoesntShakeHandsIsLetGo(deed: String) async throws {
    #expect(try await neighbour(deed) == "closed\n")
  }

  @Test func whoSendsWordsIsLetGo() async throws { #expect(try await neighbour("words") == "closed\n") }

  @Test func whoNeverReadsCantSendWithoutEnd() async throws {
    let said = try await neighbour("never-reads")
    let sent = try #require(Int(said.split(separator: "\n").last ?? ""), "\(said)")
    // What waits is bounded: the answers that can't be written, and the kernel's buffers.
    #expect(sent < 64 << 20, "\(said)")
  }
}
