// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Synchronization
import TargetProtocol
import TargetTransport
import Testing
import TransportSupport

@Suite(.timeLimit(.minutes(2))) struct TransportThreadTests {
  @Test func aPipeIsReadInOrderAndClosed() async throws {
    let pipe = Pipe()
    let descriptor = dup(pipe.fileHandleForReading.fileDescriptor)
    try pipe.fileHandleForReading.close()
    let (pieces, told) = AsyncStream.makeStream(of: Data.self)
    let reader = PipeReader(descriptor, pieces: 1 << 12, on: nil) { told.yield($0) }
    let sent = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let writer = pipe.fileHandleForWriting
    Thread.detachNewThread { try? writer.write(contentsOf: sent) }
    var arrived = Data()
    for await piece in pieces {
      arrived.append(piece)
      if arrived.count >= sent.count { break }
    }
    #expect(arrived == sent)
    reader.finish()
    signal(SIGPIPE, SIG_IGN)
    // The reading end is closed soon.
    while write(writer.fileDescriptor, "x", 1) == 1 { try await Task.sleep(for: .milliseconds(1)) }
    #expect(errno == EPIPE)
  }

  @Test func piecesOfAFileEndWithIt() throws {
    let place = try TransportPlace()
    let path = try place.write(Data("0123456789".utf8), as: "file")
    let descriptor = open(path, O_RDONLY)
    defer { close(descriptor) }
    #expect(try FilePiece.read(4, at: 3, of: descriptor, named: path) == Data("3456".utf8))
    #expect(try FilePiece.read(4, at: 8, of: descriptor, named: path) == Data("89".utf8))
    #expect(try FilePiece.read(4, at: 10, of: descriptor, named: path).isEmpty)
    #expect(try FilePiece.read(0, at: 0, of: descriptor, named: path).isEmpty)
    #expect(throws: FileError.self) { try FilePiece.read(4, at: 0, of: -1, named: path) }
  }

  /// However much credit there is: what waits to be written is held in memory, and other messages wait behind it.
  @Test func littleOfABlobIsAheadOfTheWriting() async throws {
    let place = try TransportPlace()
    let agent = try DeafAgent(at: "\(place.folder)/deaf.sock")
    let connection = try await Connection.connect(
      to: .unix(path: "\(place.folder)/deaf.sock"), identity: nil, pinned: nil)
    let given = Mutex(0)
    var generator = SystemRandomNumberGenerator()
    let identity = SessionIdentity(
      name: "host", version: "1", nonce: .random(using: &generator), channel: connection.facts)
    let blob = Blob(digest: Digest(of: "many bytes"), byteCount: 1 << 30)
    let driver = SessionDriver(
      HostSession(identity, .local, at: SessionClock.now), on: connection,
      .init(
        onEvent: { event, driver in
          if case .ready = event { driver.submit { _ = try? $0.offer(blob, at: $1) } }
        },
        onPiece: { piece, driver in
          given.withLock { $0 += piece.count }
          driver.give(Data(count: piece.count), of: piece.stream)
        }, onEnd: { _ in }))
    #expect(await agent.wants())
    // What it may send is never read, so that this soon stands still.
    var before = -1
    while given.withLock({ $0 }) != before || before <= 0 {
      before = given.withLock { $0 }
      try await Task.sleep(for: .milliseconds(200))
    }
    #expect(before < 3 << 20)
    driver.submit { $0.leave(within: 0, at: $1) }
  }
}

/// An agent that wants a blob and then reads no more.
private final class DeafAgent: Sendable {
  private let listener: CInt

  init(at path: String) throws { listener = try LocalSocket(path, mode: 0o600).descriptor }

  deinit { close(listener) }

  /// Whether it came so far that it gave 64 MiB of credit.
  func wants() async -> Bool {
    await withCheckedContinuation { continuation in
      Thread.detachNewThread { [listener] in continuation.resume(returning: Self.serve(listener)) }
    }
  }

  private static func serve(_ listener: CInt) -> Bool {
    var entry = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, 10_000) == 1 else { return false }
    // It stays open, unread.
    let descriptor = accept(listener, nil, nil)
    var generator = SystemRandomNumberGenerator()
    let channel = ChannelFacts(isLocal: true)
    var session = AgentSession(
      SessionIdentity(name: "deaf", version: "1", nonce: .random(using: &generator), channel: channel),
      AgentTrust(takesLocal: true),
      Welcome(
        capabilities: Capabilities(platform: "linux-test", methods: [], runtimes: [:]), limits: AgentLimits(),
        session: "1"), at: .zero)
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return false }
      session.receive(Data(buffer[..<count]), at: .zero)
      var isWanted = false
      for step in session.takeOutput() {
        if case .event(.offered(let stream, _)) = step {
          session.want(stream, window: 1 << 26, at: .zero)
          isWanted = true
        }
        say(step, descriptor)
      }
      for step in session.takeOutput() { say(step, descriptor) }
      if isWanted { return true }
    }
  }

  private static func say(_ step: SessionOutput<AgentEvent>, _ descriptor: CInt) {
    guard case .send(let pieces) = step else { return }
    for piece in pieces { _ = piece.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) } }
  }
}
