// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import TargetProtocol

extension AgentClient {
  /// Hands over the lines of the agent's log from now on, until the task is cancelled or the session ends.
  /// - Parameters:
  ///   - level: The least level: `trace`, `debug`, `info`, `notice`, `warning` or `error`.
  ///   - onLine: Called on the connection's thread with level and message.
  /// - Throws: `GalleyError` that says how the session ended; `CancellationError`.
  public func watchLog(
    from level: String, onLine: @escaping @Sendable (_ level: String, _ message: String) -> Void
  ) async throws {
    while true {
      do {
        let events: @Sendable (RequestEvent) -> Void = { event in
          if case .log(let level, let message) = event { onLine(level, message) }
        }
        let answer = try await openStream(.answer(events)) { [welcome] session, now throws(HostRefusal) in
          try session.request(
            SessionMethod.watchLog, within: welcome.limits.requestSeconds, WatchLogParameters(level: level), at: now)
        }
        if case .answered = answer { throw mistake(SessionMethod.watchLog) }
      } catch let failure as RequestFailure {
        // The longest time of a request is over; the log goes on.
        guard failure.code == .deadline else { throw calls.located(failure) }
      }
    }
  }
}
