// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import TargetProtocol
import TargetTransport
import Testing
import TransportSupport

@Suite(.timeLimit(.minutes(2))) struct SessionDriverTests {
  @Test(arguments: [true, false])
  func requestsAndBlobsTravel(secure: Bool) async throws {
    let place = try TransportPlace()
    let listener = try await place.serve(on: secure ? TransportPlace.loopback : place.socket)
    let connection = try await Connection.connect(
      to: listener.endpoint, identity: place.host, pinned: secure ? place.agent.digest : nil)
    #expect(connection.facts.agentCertificate == (secure ? place.agent.digest : nil))
    #expect(connection.facts.hostCertificate == (secure ? place.host.digest : nil))
    let bytes = Data((0..<5_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    let token = try #require(AccessToken(TransportPlace.secret))
    let host = TestHost(connection, .token(token, agent: secure ? place.agent.digest : nil), upload: bytes)
    #expect(await host.first { if case .ready = $0 { true } else { nil } } == true)

    for number in 0..<100 {
      let sent = await host.driver.perform { try? $0.request("echo", ["n": "\(number)"], at: $1) }
      let answer = await host.first { event -> AnswerMessage? in
        if case .answered(let stream, let answer) = event, stream == sent { answer } else { nil }
      }
      #expect(try answer?.result(as: [String: String].self) == ["n": "\(number)"])
    }
    let blob = Blob(digest: Digest(of: bytes), byteCount: UInt64(bytes.count))
    for isSent in [true, false] {
      _ = await host.driver.perform { try? $0.offer(blob, at: $1) }
      #expect(await host.first { if case .stored(_, let sent) = $0 { sent } else { nil } } == isSent)
    }
    #expect(try await fetch(blob, host) == bytes)
    host.driver.submit { $0.leave(within: 1, at: $1) }
    #expect(await host.end.value?.code == .done)
    await listener.stop()
  }

  private func fetch(_ blob: Blob, _ host: TestHost) async throws -> Data {
    _ = await host.driver.perform { try? $0.fetch(blob.digest, at: $1) }
    var data = Data()
    for await event in host.events {
      guard case .received(let stream, let bytes, let isEnd) = event else { continue }
      data.append(bytes)
      host.driver.submit { $0.consumed(bytes.count, of: stream, at: $1) }
      if isEnd { break }
    }
    return data
  }

  @Test(arguments: [CloseCode.busy, .shuttingDown])
  func aRefusedConnectionIsToldWhy(_ code: CloseCode) async throws {
    let place = try TransportPlace()
    let listener = try await Listener.listen(on: place.socket, identity: nil)
    let connection = try await Connection.connect(to: place.socket, identity: nil, pinned: nil)
    var taken = listener.connections.makeAsyncIterator()
    let other = try #require(await taken.next())
    var generator = SystemRandomNumberGenerator()
    var session = AgentSession(
      SessionIdentity(name: "agent", version: "1", nonce: .random(using: &generator), channel: other.facts),
      AgentTrust(takesLocal: true),
      Welcome(
        capabilities: Capabilities(platform: "linux-test", methods: [], runtimes: [:]), limits: AgentLimits(),
        session: "1"), at: SessionClock.now)
    session.refuse(SessionEnd(code, "it is so"), at: SessionClock.now)
    _ = SessionDriver(session, on: other, .init(onEvent: { _, _ in }, onPiece: { _, _ in }, onEnd: { _ in }))
    let end = await TestHost(connection, .local).end.value
    #expect(end?.code == code && end?.isRemote == true && end?.reason == "it is so")
    await listener.stop()
  }

  @Test func aWrongTokenEndsTheSession() async throws {
    let place = try TransportPlace()
    let listener = try await place.serve(on: TransportPlace.loopback)
    let connection = try await Connection.connect(to: listener.endpoint, identity: nil, pinned: nil)
    #expect(connection.facts.hostCertificate == nil)
    let wrong = try #require(AccessToken(Data(repeating: 9, count: 32)))
    let host = TestHost(connection, .token(wrong, agent: nil))
    #expect(await host.end.value?.code == .notAuthenticated)
    await listener.stop()
  }

  @Test func anAgentThatGoesAwayCutsTheSession() async throws {
    let place = try TransportPlace()
    let listener = try await Listener.listen(on: place.socket, identity: nil)
    let connection = try await Connection.connect(to: place.socket, identity: nil, pinned: nil)
    var taken = listener.connections.makeAsyncIterator()
    let other = await taken.next()
    let host = TestHost(connection, .local)
    other?.close()
    #expect(await host.end.value?.code == .cut)
    await listener.stop()
  }

  @Test func theKernelNamesTheUser() async throws {
    let place = try TransportPlace()
    var settings = Listener.Settings()
    settings.isLocal = { $0 != getuid() }
    let listener = try await Listener.listen(on: place.socket, identity: nil, settings)
    let connection = try await Connection.connect(to: place.socket, identity: nil, pinned: nil)
    #expect(connection.facts.isLocal)
    var taken = listener.connections.makeAsyncIterator()
    let other = try #require(await taken.next())
    #expect(other.peerUser == getuid())
    #expect(!other.facts.isLocal)
    await listener.stop()
    #expect(!FileManager.default.fileExists(atPath: "\(place.folder)/agent.sock"))
  }

  @Test func aSocketThatNobodyListensOnIsReplaced() async throws {
    let place = try TransportPlace()
    let first = try await Listener.listen(on: place.socket, identity: nil)
    await #expect { _ = try await Listener.listen(on: place.socket, identity: nil) } throws: {
      ($0 as? GalleyError)?.exitCode == .cantCreate
    }
    let (status, _) = try await say(
      "/usr/bin/env",
      ["python3", "-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])", "\(place.folder)/left"])
    #expect(status == 0)
    let second = try await Listener.listen(on: .unix(path: "\(place.folder)/left"), identity: nil)
    await second.stop()
    await first.stop()
    let file = try place.write(Data("words".utf8), as: "file")
    await #expect(throws: GalleyError.self) { _ = try await Listener.listen(on: .unix(path: file), identity: nil) }
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "words")
  }

  @Test func nobodyThereIsSaidSo() async throws {
    let place = try TransportPlace()
    for endpoint in [place.socket, .tcp(host: "127.0.0.1", port: 1)] {
      await #expect { _ = try await Connection.connect(to: endpoint, identity: nil, pinned: nil) } throws: { error in
        (error as? GalleyError)?.exitCode == .unavailable && "\(error)".contains("\(endpoint)")
      }
    }
  }
}
