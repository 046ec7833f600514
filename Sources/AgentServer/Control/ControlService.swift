// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
public import Files
internal import FoundationEssentials
public import Galley
internal import Glibc
internal import Synchronization
internal import TargetTransport

/// What a person at the device says to the running agent, and what it answers: a line of JSON each, over a Unix socket
/// that only the agent's user and root may use.
struct ControlMessage: Sendable, Hashable, Codable {
  /// From the person: `pair`, `health` or `trust`.
  var command: String?
  /// From the person: whether the digits agree.
  var agrees: Bool?
  /// From the agent: `open`, `taken`, `paired`, `failed`; for `health`: `ok` or `ending`; for `trust`: `trusted` or
  /// `failed`.
  var state: String?
  /// From the agent: the digits to compare; from the person: the digits that were compared.
  var code: String?
  /// From the agent: the digest of the certificate that was pinned; from the person, for `trust`: that is to be.
  var host: String?
  /// From the agent, for `trust`: the digest of its own certificate.
  var certificate: String?
  /// From the agent: its version, and what it does now.
  var version: String?
  var seconds: Double?
  var sessions: Int?
  var workers: Int?

  var line: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return ((try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}") + "\n"
  }

  init(_ change: (inout ControlMessage) -> Void) { change(&self) }

  init?(_ line: [UInt8]) {
    guard let message = try? JSONDecoder().decode(Self.self, from: Data(line)) else { return nil }
    self = message
  }
}

/// The agent's end of the control socket.
struct ControlService: Sendable {
  let context: AgentContext
  /// SHA-256 of the agent's certificate.
  let certificate: Digest
  let isReady: @Sendable () -> Bool

  /// How long pairing stays open for one person.
  static let pairingTime = Duration.seconds(600)

  func serve(_ peer: LocalPeer) {
    guard let user = peer.user, user == geteuid() || user == 0 else { return }
    guard let line = peer.readLine(deadline: .now + .seconds(2)), let message = ControlMessage(line) else { return }
    switch message.command {
    case "health": peer.write(health.line)
    case "pair": pair(peer)
    case "trust": peer.write(trust(message).line)
    default: break
    }
  }

  private var health: ControlMessage {
    ControlMessage {
      let counts = context.counters.counts
      $0.state = isReady() ? "ok" : "ending"
      $0.version = galleyVersion.description
      ($0.seconds, $0.sessions, $0.workers) = (context.counters.seconds, counts.sessions, counts.workers)
    }
  }

  /// Pins a host that the person knows by another way than by comparing digits.
  private func trust(_ message: ControlMessage) -> ControlMessage {
    let isPinned = message.host.flatMap { Digest(hex: $0) }.map { context.pairing.pin($0) } ?? false
    return ControlMessage {
      $0.state = isPinned ? "trusted" : "failed"
      if isPinned { $0.certificate = certificate.hex }
    }
  }

  private func pair(_ peer: LocalPeer) {
    // Notices come on the threads of connections, which mustn't wait for a person who doesn't read.
    let notices = DispatchQueue(label: "galley.notices")
    let isOpen = context.pairing.open { notice in
      notices.async { Self.tell(notice, to: peer) }
    }
    peer.write(ControlMessage { $0.state = isOpen ? "open" : "taken" }.line)
    guard isOpen else { return }
    let deadline = ContinuousClock.now + Self.pairingTime
    while let line = peer.readLine(deadline: deadline) {
      guard let message = ControlMessage(line), let agrees = message.agrees, let code = message.code else { break }
      context.pairing.answer(agrees, to: code)
    }
    context.pairing.close()
  }

  private static func tell(_ notice: PairingDesk.Notice, to peer: LocalPeer) {
    let message = ControlMessage {
      switch notice {
      case .code(let code): $0.code = code
      case .paired(let host): ($0.state, $0.host) = ("paired", host)
      case .failed: $0.state = "failed"
      }
    }
    // Who can't be told can't compare digits either: pairing is over for them.
    if !peer.write(message.line) { peer.shut() }
  }
}

/// The person's end.
public struct ControlClient: Sendable {
  private let peer: LocalPeer

  /// Connects to a running agent.
  /// - Throws: `GalleyError` (`unavailable`) if none runs there.
  public init(path: String) throws(GalleyError) {
    let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    let result = UnixAddress(path)?.use { connect(descriptor, $0, $1) } ?? -1
    guard descriptor >= 0, result == 0 else {
      let number = errno
      if descriptor >= 0 { close(descriptor) }
      throw GalleyError(
        .unavailable, "can't reach the agent", at: path, why: String(cString: strerror(number)),
        remedy:
          "Start it ('systemctl start galley-agent'), be its user or root, or say where its socket is (--control).")
    }
    peer = LocalPeer(descriptor)
  }

  /// How a running agent is.
  public struct Health: Sendable, Hashable {
    public var isOK: Bool
    public var version: String
    public var seconds: Double
    public var sessions: Int
    public var workers: Int
  }

  /// Asks how the agent is.
  /// - Throws: `GalleyError` (`unavailable`) if it doesn't answer within five seconds.
  public func health() throws(GalleyError) -> Health {
    peer.write(ControlMessage { $0.command = "health" }.line)
    let message = try receive(within: .seconds(5))
    return Health(
      isOK: message.state == "ok", version: message.version ?? "?", seconds: message.seconds ?? 0,
      sessions: message.sessions ?? 0, workers: message.workers ?? 0)
  }

  /// Lets the agent pin a host's certificate, which the person knows by a way that nobody else can write on.
  /// - Returns: the digest of the agent's own certificate, for the host to pin.
  /// - Throws: `GalleyError`: `unavailable` if the agent doesn't answer within five seconds, `cantCreate` if it can't keep
  ///   the pin.
  public func trust(_ host: Digest) throws(GalleyError) -> Digest {
    peer.write(
      ControlMessage {
        $0.command = "trust"
        $0.host = host.hex
      }.line)
    let message = try receive(within: .seconds(5))
    guard message.state == "trusted", let certificate = message.certificate.flatMap({ Digest(hex: $0) }) else {
      throw GalleyError(
        .cantCreate, "can't pin a host", why: "the agent couldn't store its certificate",
        remedy: "Its log says why ('journalctl -u galley-agent').")
    }
    return certificate
  }

  /// Lets hosts pair until one has, asking the person about each code.
  /// - Parameters:
  ///   - opened: Called when hosts may ask.
  ///   - agrees: Asks the person whether the host shows the same digits.
  ///   - failed: Called after an attempt that failed; the next may come.
  /// - Returns: the digest of the certificate that was pinned.
  /// - Throws: `GalleyError` if somebody else pairs, nobody came in time, or the agent ended.
  public func pair(
    opened: () -> Void, agrees: (String) -> Bool, failed: () -> Void
  ) throws(GalleyError) -> String {
    peer.write(ControlMessage { $0.command = "pair" }.line)
    while true {
      let message = try receive(within: ControlService.pairingTime + .seconds(5))
      if let code = message.code {
        let word = agrees(code)
        peer.write(ControlMessage { ($0.agrees, $0.code) = (word, code) }.line)
      }
      switch message.state {
      case "open": opened()
      case "paired": return message.host ?? ""
      case "failed": failed()
      case "taken":
        throw GalleyError(.tryAgain, "can't pair", why: "somebody else on this device is pairing already")
      default: break
      }
    }
  }

  private func receive(within time: Duration) throws(GalleyError) -> ControlMessage {
    guard let line = peer.readLine(deadline: .now + time), let message = ControlMessage(line) else {
      throw GalleyError(
        .unavailable, "can't go on", why: "the agent ended the conversation or didn't answer in time",
        remedy: "Look at its log ('journalctl -u galley-agent').")
    }
    return message
  }
}
