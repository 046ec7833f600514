// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
public import Foundation
public import TargetProtocol
public import TargetTransport

/// The host's side of a session: events come as a stream.
public final class TestHost: Sendable {
  public let driver: SessionDriver<HostSession>
  public let events: AsyncStream<HostEvent>
  public let end: Task<SessionEnd?, Never>

  public init(_ connection: Connection, _ credential: HostCredential, upload: Data = Data()) {
    var generator = SystemRandomNumberGenerator()
    let identity = SessionIdentity(
      name: "test-host", version: "1", nonce: .random(using: &generator), channel: connection.facts)
    let (events, told) = AsyncStream.makeStream(of: HostEvent.self)
    let (ends, ended) = AsyncStream.makeStream(of: SessionEnd.self)
    self.events = events
    end = Task { await ends.first { _ in true } }
    driver = SessionDriver(
      HostSession(identity, credential, at: SessionClock.now), on: connection,
      .init(
        onEvent: { event, _ in told.yield(event) },
        onPiece: { piece, driver in
          driver.give(upload.dropFirst(Int(piece.offset)).prefix(piece.count), of: piece.stream)
        },
        onEnd: { end in
          told.finish()
          ended.yield(end)
          ended.finish()
        }))
  }

  /// The first event of which `pick` makes something.
  public func first<Found>(_ pick: (HostEvent) -> Found?) async -> Found? {
    for await event in events {
      if let found = pick(event) { return found }
    }
    return nil
  }
}
