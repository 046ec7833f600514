// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Synchronization
internal import TargetProtocol
internal import TargetTransport

/// Passes on what is wanted of a session to its driver, which is there only after what serves the session is.
final class PortRelay: Sendable {
  typealias Body = @Sendable (inout AgentSession, Duration) -> Void

  private enum State {
    case waiting([Body])
    case connected(SessionDriver<AgentSession>)
  }

  private let state = Mutex(State.waiting([]))

  func submit(_ body: @escaping Body) {
    let driver = state.withLock { state -> SessionDriver<AgentSession>? in
      switch state {
      case .waiting(let bodies):
        state = .waiting(bodies + [body])
        return nil
      case .connected(let driver): return driver
      }
    }
    driver?.submit(body)
  }

  func connect(_ driver: SessionDriver<AgentSession>) {
    let bodies = state.withLock { state -> [Body] in
      guard case .waiting(let bodies) = state else { return [] }
      state = .connected(driver)
      return bodies
    }
    for body in bodies { driver.submit(body) }
  }
}

/// Whether the agent ends; anybody may look.
final class EndingFlag: Sendable {
  private let value = Atomic<Bool>(false)

  var isSet: Bool { value.load(ordering: .relaxed) }
  func set() { value.store(true, ordering: .relaxed) }
}
