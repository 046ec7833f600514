// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import TargetProtocol
package import TargetTransport

/// How what serves a session reaches it: whoever drives the session over its connection gives the way.
package struct SessionPort: Sendable {
  /// Does something with the session soon, in the order of the calls, from any thread; nothing once the session has
  /// ended.
  package let perform: @Sendable (_ body: @escaping @Sendable (inout AgentSession, _ now: Duration) -> Void) -> Void

  /// The thread on which the session lives, if it is one that moves bytes.
  package let thread: TransportThread?

  /// Takes the way.
  package init(
    on thread: TransportThread? = nil,
    perform: @escaping @Sendable (_ body: @escaping @Sendable (inout AgentSession, _ now: Duration) -> Void) -> Void
  ) {
    (self.thread, self.perform) = (thread, perform)
  }

  func answer(_ stream: UInt32, _ result: some Encodable & Sendable) {
    perform { $0.answer(stream, result, at: $1) }
  }

  func fail(_ stream: UInt32, _ failure: RequestFailure) { perform { $0.fail(stream, failure, at: $1) } }

  func tell(_ event: RequestEvent, of stream: UInt32) { perform { $0.tell(event, of: stream, at: $1) } }
}
