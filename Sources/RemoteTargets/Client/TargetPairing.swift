// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Synchronization
public import TargetProtocol
public import TargetTransport

/// Makes a host and an agent know each other: persons compare six digits on both screens.
public enum TargetPairing {
  /// Pairs with a target's agent, which must have been told on the device that it may.
  /// - Parameters:
  ///   - agrees: Shows the digits and asks whether the device shows the same.
  /// - Returns: the digest of the agent's certificate, which is to be pinned.
  /// - Throws: `GalleyError` that says why they don't know each other now; `CancellationError`.
  public static func pair(
    with target: DeclaredTarget, as identity: Identity, agrees: @escaping @Sendable (PairingCode) async -> Bool
  ) async throws -> Digest {
    guard !target.endpoint.isUnixSocket else {
      throw GalleyError(
        .usage, "can't pair with '\(target.name)'", at: target.endpoint.description,
        why: "on a Unix socket there are no certificates to pair: the kernel says who is there",
        remedy:
          "A user of this machine needs no pairing: declare the socket, and the agent asks the kernel who connects.")
    }
    let connection = try await Connection.connect(to: target, as: identity, pinned: nil, within: .seconds(10))
    var generator = SystemRandomNumberGenerator()
    let session = HostSession(
      connection.sessionIdentity(), .pairing(nonce: .random(using: &generator)), at: SessionClock.now)
    let course = PairingCourse()
    let driver = SessionDriver(
      session, on: connection,
      .init(
        onEvent: { event, driver in
          switch event {
          case .code(let code):
            Task {
              let says = await agrees(code)
              driver.submit { $0.confirm(says, at: $1) }
            }
          case .paired(let agent): course.note(agent)
          default: return
          }
        }, onPiece: { piece, driver in driver.submit { $0.cancel(piece.stream, at: $1) } },
        onEnd: { course.finish($0) }))
    let (agent, end) = await withTaskCancellationHandler {
      await course.value()
    } onCancel: {
      driver.submit { session, now in
        session.confirm(false, at: now)
        session.leave(within: 0, at: now)
      }
    }
    if let agent { return agent }
    try Task.checkCancellation()
    throw end.galleyError("can't pair with '\(target.name)'", at: target.endpoint.description)
  }
}

/// What became of a pairing.
private final class PairingCourse: Sendable {
  private struct State {
    var agent: Digest?
    var end: SessionEnd?
    var waiting: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func note(_ agent: Digest) { state.withLock { $0.agent = agent } }

  func finish(_ end: SessionEnd) {
    let waiting = state.withLock { state in
      state.end = end
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume()
  }

  func value() async -> (agent: Digest?, end: SessionEnd) {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if state.end == nil { state.waiting = continuation }
        return state.end != nil
      }
      if hasEnded { continuation.resume() }
    }
    return state.withLock { ($0.agent, $0.end ?? SessionEnd(.cut, "the connection to the agent was cut")) }
  }
}
