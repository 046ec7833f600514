// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc
internal import Synchronization
internal import TargetProtocol

/// Pairing on the device's side: open while a person there waits for it, one host at a time, with a pause that grows
/// with each failure.
package final class PairingDesk: Sendable {
  /// What the person at the device is told.
  package enum Notice: Sendable, Hashable {
    /// Compare these digits, and say whether the host shows the same.
    case code(String)
    case paired(host: String)
    case failed
  }

  private struct Pairing: Sendable {
    let session: UInt64
    let port: SessionPort
    /// The digits that the person sees.
    var code: String?
  }

  private struct State {
    var gate = PairingGate()
    /// Whoever waits at the device.
    var person: (@Sendable (Notice) -> Void)?
    var pairing: Pairing?
    var host: Digest?
  }

  private let hosts: TrustedHosts
  private let log: AgentLog
  private let state = Mutex(State())
  private let start = ContinuousClock.now

  init(_ hosts: TrustedHosts, _ log: AgentLog) { (self.hosts, self.log) = (hosts, log) }

  private var now: Duration { ContinuousClock.now - start }

  // MARK: The person's side

  /// Whether a host may ask to pair.
  package var isOpen: Bool { state.withLock { $0.person != nil } }

  /// Opens pairing for a person.
  /// - Returns: whether nobody else had.
  package func open(_ person: @escaping @Sendable (Notice) -> Void) -> Bool {
    let isFree = state.withLock { state in
      guard state.person == nil else { return false }
      state.person = person
      return true
    }
    if isFree { log.log(.notice, "pairing is open") }
    return isFree
  }

  /// The person has gone; what isn't confirmed fails.
  package func close() {
    let pairing = state.withLock { state in
      state.person = nil
      return state.pairing
    }
    pairing?.port.perform { $0.confirmPairing(false, at: $1) }
    log.log(.notice, "pairing is closed")
  }

  /// The person's word on these digits. A word on digits of an attempt that is over says nothing about the next one.
  package func answer(_ agrees: Bool, to code: String) {
    let pairing = state.withLock { $0.pairing }
    guard let pairing, pairing.code == code else { return }
    pairing.port.perform { $0.confirmPairing(agrees, at: $1) }
  }

  /// Pins a host that the person knows already.
  /// - Returns: whether it could be stored.
  func pin(_ host: Digest) -> Bool {
    do throws(GalleyError) {
      try hosts.pin(host, time: time(nil))
      log.log(.notice, "a host was pinned by hand", ["certificate": .string(host.hex)])
      return true
    } catch {
      log.log(.error, "\(error)")
      return false
    }
  }

  // MARK: The session's side

  func take(_ event: AgentEvent, of session: UInt64, _ name: String, _ port: SessionPort) {
    switch event {
    case .pairingAsked: asked(session, name, port)
    case .code(let code): show("\(code)", of: session)
    case .pin(let host): pin(host, name, port)
    case .pairingOver(let succeeded): over(session, name, succeeded)
    default: break
    }
  }

  private func asked(_ session: UInt64, _ name: String, _ port: SessionPort) {
    let now = now
    let verdict = state.withLock { state -> PairingGate.Verdict in
      guard state.person != nil else { return .taken }
      let verdict = state.gate.enter(at: now)
      if verdict == .open { state.pairing = Pairing(session: session, port: port) }
      return verdict
    }
    log.log(.notice, "a host asks to pair: \(verdict == .open ? "begun" : "refused")", session: name)
    guard verdict == .open else { return port.perform { $0.refusePairing(verdict, at: $1) } }
    var generator = SystemRandomNumberGenerator()
    let nonce = Digest.random(using: &generator)
    port.perform { $0.openPairing(nonce: nonce, at: $1) }
  }

  private func show(_ code: String, of session: UInt64) {
    let person = state.withLock { state in
      guard state.pairing?.session == session else { return nil as (@Sendable (Notice) -> Void)? }
      state.pairing?.code = code
      return state.person
    }
    person?(.code(code))
  }

  private func pin(_ host: Digest, _ name: String, _ port: SessionPort) {
    let isStored: Bool
    do throws(GalleyError) {
      try hosts.pin(host, time: time(nil))
      isStored = true
      state.withLock { $0.host = host }
      log.log(.notice, "a host was paired", session: name, ["certificate": .string(host.hex)])
    } catch {
      isStored = false
      log.log(.error, "\(error)", session: name)
    }
    port.perform { $0.pairingStored(isStored, at: $1) }
  }

  private func over(_ session: UInt64, _ name: String, _ succeeded: Bool) {
    let now = now
    let (person, host) = state.withLock { state in
      guard state.pairing?.session == session else { return (nil as (@Sendable (Notice) -> Void)?, nil as Digest?) }
      state.gate.leave(succeeded: succeeded, at: now)
      defer { (state.pairing, state.host) = (nil, nil) }
      return (state.person, state.host)
    }
    log.log(.notice, succeeded ? "pairing is done" : "pairing failed", session: name)
    if succeeded, let host { person?(.paired(host: host.hex)) } else { person?(.failed) }
  }

  /// A session has ended; the event that its pairing is over comes before, unless its driver was torn down.
  func ended(_ session: UInt64) {
    let now = now
    state.withLock { state in
      guard state.pairing?.session == session else { return }
      state.gate.leave(succeeded: false, at: now)
      (state.pairing, state.host) = (nil, nil)
    }
  }
}
