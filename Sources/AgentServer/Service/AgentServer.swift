// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley
internal import Glibc
internal import Synchronization
internal import TargetProtocol
public import TargetTransport

/// An agent: takes hosts' connections, and does for each what it may.
///
/// ```swift
/// let agent = try await AgentServer.start(settings, executable: "/usr/local/bin/galley-agent")
/// await agent.stop()
/// ```
public final class AgentServer: Sendable {
  /// What goes on.
  private struct State {
    var sessions: [UInt64: ServedSession] = [:]
    /// Those whose host isn't known yet.
    var unknown: Set<UInt64> = []
    var lastNumber: UInt64 = 0
    var isEnding = false
    var idle: [CheckedContinuation<Void, Never>] = []
  }

  let context: AgentContext
  private let settings: AgentSettings
  private let notifier: ServiceNotifier
  private let looked: LookedAt
  private let listeners: [Listener]
  private let control: LocalService
  private let metrics: LocalService?
  private let ending: EndingFlag
  /// Held for as long as anything writes into the state folder.
  private let lock: StateLock
  private let state = Mutex(State())

  /// Where it listens, with the ports that it has.
  public var endpoints: [Endpoint] { listeners.map(\.endpoint) }
  /// The port of its metrics, if they have one.
  public var metricsPort: Int? { metrics?.port.map(Int.init) }
  /// SHA-256 of its certificate.
  public let certificate: Digest

  // MARK: Starting

  /// Starts: hosts are taken when this returns.
  /// - Parameters:
  ///   - executable: The program that measures over its standard streams, the runtime's name behind `arguments`.
  ///   - notifySocket: The value of `NOTIFY_SOCKET`, for systemd.
  ///   - logDescriptor: Where the log's lines go.
  /// - Throws: `GalleyError` if the state can't be used or an address can't be had.
  public static func start(
    _ settings: AgentSettings, executable: String, arguments: [String] = [], environment: [String: String] = [:],
    notifySocket: String? = nil, logDescriptor: Int32 = 2
  ) async throws(GalleyError) -> AgentServer {
    let log = AgentLog(level: settings.logLevel, descriptor: logDescriptor)
    let lock = try StateLock(folder: settings.stateFolder)
    let identity = try Identity.loadOrMake(in: settings.stateFolder, name: settings.name)
    let program = WorkerProgram(
      executable: executable, arguments: arguments, environment: environment, memoryLimit: settings.memoryLimit)
    let context = try AgentContext(
      in: settings.stateFolder, program: program, bounds: settings.bounds, blobQuota: settings.blobQuota,
      keepInterrupted: settings.keepInterrupted, machineLock: settings.machineLock, log: log)
    // What the device has is found out meanwhile.
    let probe = DeviceProbe(program: program, log: log)
    let looked = LookedAt()
    looked.look { await probe.capabilities() }
    let server = try await AgentServer(settings, context, identity, looked, ServiceNotifier(path: notifySocket), lock)
    server.begin()
    return server
  }

  private init(
    _ settings: AgentSettings, _ context: AgentContext, _ identity: Identity, _ looked: LookedAt,
    _ notifier: ServiceNotifier, _ lock: StateLock
  ) async throws(GalleyError) {
    (self.settings, self.context, self.looked, self.notifier) = (settings, context, looked, notifier)
    self.lock = lock
    certificate = identity.digest
    let ending = EndingFlag()
    self.ending = ending
    let service = ControlService(context: context, certificate: identity.digest) { !ending.isSet }
    control = try LocalService.listen(on: .unix(settings.control)) { service.serve($0) }
    do throws(GalleyError) {
      metrics = try settings.metrics.map { place throws(GalleyError) in
        try LocalService.listen(on: try LocalService.Place(place)) { peer in
          MetricsService.serve(peer, context, isReady: !ending.isSet)
        }
      }
    } catch {
      control.stop()
      throw error
    }
    do throws(GalleyError) {
      listeners = try await Self.listen(settings, identity)
    } catch {
      control.stop()
      metrics?.stop()
      throw error
    }
  }

  private static func listen(
    _ settings: AgentSettings, _ identity: Identity
  ) async throws(GalleyError) -> [Listener] {
    var listeners: [Listener] = []
    var options = Listener.Settings()
    let users = settings.localUsers
    options.isLocal = { users.contains($0) || $0 == 0 }
    // Others of these users may connect; who they are is asked of the kernel.
    options.socketMode = users.allSatisfy { $0 == geteuid() || $0 == 0 } ? 0o600 : 0o666
    for endpoint in settings.listen {
      do throws(GalleyError) {
        listeners.append(try await Listener.listen(on: endpoint, identity: identity, options))
      } catch {
        for listener in listeners { await listener.stop() }
        throw error
      }
    }
    return listeners
  }

  private func begin() {
    for listener in listeners {
      Task.detached { [self] in
        for await connection in listener.connections {
          if let capabilities = looked.capabilities {
            take(connection, capabilities)
          } else {
            // One that waits for what the device has lets others come too.
            Task.detached { [self] in
              take(connection, await looked.capabilities(within: Self.patience, most: settings.connections))
            }
          }
        }
      }
    }
    let places = endpoints.map(\.description)
    context.log.log(
      .notice, "the agent takes hosts",
      [
        "at": .list(places.map { .string($0) }), "certificate": .string(certificate.hex),
        "version": .string("\(galleyVersion)"),
      ])
    notifier.ready()
    notifier.status("takes hosts at \(places.joined(separator: ", "))")
  }

  // MARK: Sessions

  /// How long a host waits for what the device has; it has ten seconds for all that comes before the welcome.
  private static let patience = Duration.seconds(5)

  private func take(_ connection: Connection, _ capabilities: Capabilities?) {
    // Peers that prove nothing can't keep these out: TLS or the kernel has said who they are.
    let known = context.hosts.certificates
    let isKnown = connection.facts.isLocal || connection.facts.hostCertificate.map(known.contains) ?? false
    let (number, isRefused, isEnding) = state.withLock { state in
      state.lastNumber += 1
      let isFull =
        capabilities == nil || state.isEnding || state.sessions.count >= settings.connections
        || !isKnown && state.unknown.count >= settings.unknownConnections
      return (state.lastNumber, isFull, state.isEnding)
    }
    var generator = SystemRandomNumberGenerator()
    let identity = SessionIdentity(
      name: "galley-agent", version: galleyVersion.description, nonce: Digest.random(using: &generator),
      channel: connection.facts)
    let trust = AgentTrust(
      hosts: known, tokens: settings.tokens, takesLocal: true,
      isPairingOpen: context.pairing.isOpen)
    var session = AgentSession(
      identity, trust,
      Welcome(
        capabilities: capabilities ?? Capabilities(platform: "", methods: [], runtimes: [:]),
        limits: context.bounds.limits, session: "\(number)"), at: SessionClock.now)
    if isRefused {
      context.counters.count { $0.refused += 1 }
      context.log.log(.notice, "a connection was refused", session: "\(number)", ["peer": .string(connection.peer)])
      let busy =
        capabilities == nil ? "the agent still looks at its device" : "the agent has as many sessions as it takes"
      let end = isEnding ? SessionEnd(.shuttingDown, "the agent ends") : SessionEnd(.busy, busy)
      session.refuse(end, at: SessionClock.now)
      _ = SessionDriver(session, on: connection, Self.nobody)
      return
    }
    context.log.log(.info, "a connection", session: "\(number)", ["peer": .string(connection.peer)])
    begin(session, number, connection, isKnown: isKnown)
  }

  private static let nobody = SessionDriver<AgentSession>.User(
    onEvent: { _, _ in }, onPiece: { _, _ in }, onEnd: { _ in })

  private func begin(_ session: AgentSession, _ number: UInt64, _ connection: Connection, isKnown: Bool) {
    let relay = PortRelay()
    let served = ServedSession(number, context, SessionPort(on: connection.thread) { body in relay.submit(body) })
    let isEnding = state.withLock { state in
      state.sessions[number] = served
      if !isKnown { state.unknown.insert(number) }
      return state.isEnding
    }
    let user = SessionDriver<AgentSession>.User(
      onEvent: { [weak self] event, _ in
        if case .ready = event { self?.state.withLock { _ = $0.unknown.remove(number) } }
        served.take(event)
      },
      onPiece: { piece, driver in
        driver.give(served.piece(piece), of: piece.stream)
      },
      onEnd: { [weak self] end in
        Task.detached {
          await served.end(end)
          self?.ended(number)
        }
      })
    relay.connect(SessionDriver(session, on: connection, user))
    if isEnding { served.port.perform { $0.leave(within: 0, at: $1) } }
  }

  private func ended(_ number: UInt64) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      state.sessions[number] = nil
      state.unknown.remove(number)
      guard state.sessions.isEmpty else { return [] }
      defer { state.idle = [] }
      return state.idle
    }
    for waiter in waiters { waiter.resume() }
  }

  // MARK: The end

  /// Ends: takes nobody any more, lets what runs finish within `stopSeconds`, ends all processes.
  public func stop() async {
    let seconds = UInt32(clamping: Int(settings.stopSeconds.rounded(.up)))
    notifier.stopping(within: seconds)
    context.log.log(.notice, "the agent ends")
    ending.set()
    for listener in listeners { await listener.stop() }
    let sessions = state.withLock { state in
      state.isEnding = true
      return Array(state.sessions.values)
    }
    for session in sessions { session.port.perform { $0.leave(within: seconds, at: $1) } }
    await waitUntilIdle()
    looked.stop()
    control.stop()
    metrics?.stop()
    context.log.log(.notice, "the agent has ended")
  }

  private func waitUntilIdle() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if !state.sessions.isEmpty { state.idle.append(continuation) }
        return state.sessions.isEmpty
      }
      if isIdle { continuation.resume() }
    }
  }
}
