// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import TargetProtocol
internal import Targets
internal import WorkerProtocol

/// What the device has, found out by a process that ends then: the libraries of runtimes would stay in the agent's own
/// memory.
struct DeviceProbe: Sendable {
  /// How long the process may take to begin and to open all libraries, one try after the other: on a device that has just
  /// begun, both take long.
  private static let patience = [Duration.seconds(20), .seconds(60), .seconds(180)]

  let program: WorkerProgram
  let log: AgentLog

  private struct Found: Sendable {
    /// The runtimes' versions by name, and libvips' under the feature's.
    var details: [String: String]
    var device: String
  }

  /// The capabilities; without runtimes if the process fails each time.
  func capabilities() async -> Capabilities {
    var found: Found?
    for time in Self.patience where found == nil && !Task.isCancelled {
      do {
        found = try await look(within: time)
      } catch {
        log.log(.error, "the device's runtimes can't be found out: \(error)")
      }
    }
    let images = found?.details[TargetFeature.images]
    if let images { log.log(.info, "images can be decoded", ["libvips": .string(images)]) }
    let runtimes = (found?.details ?? [:]).filter { TargetRuntimes.names.contains($0.key) }
    log.log(.info, "runtimes were found", runtimes.mapValues { .string($0) })
    return Capabilities(
      platform: Self.platform, methods: ServedSession.ownMethods + ServedSession.measuringMethods, runtimes: runtimes,
      features: images == nil ? [] : [TargetFeature.images], device: found?.device, version: galleyVersion.description)
  }

  private func look(within time: Duration) async throws -> Found {
    var settings = WorkerProcess.Settings()
    settings.startTimeout = time
    let process = try await WorkerProcess.start(
      executable: program.executable, arguments: program.arguments, name: "measure",
      environment: program.environment.mapValues { .some($0) }, settings: settings)
    return try await process.used { process in
      let machine: EnvironmentRecord = try await process.call(
        TargetMethod.environment, NoParameters(), deadline: time)
      return Found(details: try await process.describe(deadline: time).details ?? [:], device: machine.fingerprint)
    }
  }

  private static var platform: String {
    #if arch(x86_64)
      "linux-x86_64"
    #elseif arch(arm64)
      "linux-aarch64"
    #else
      "linux-unknown"
    #endif
  }
}

/// What was found out of the device, as soon as it is known.
final class LookedAt: Sendable {
  private struct State {
    var capabilities: Capabilities?
    var lastWaiter: UInt64 = 0
    var waiters: [UInt64: CheckedContinuation<Capabilities?, Never>] = [:]
  }

  private let state = Mutex(State())
  private let looking = Mutex<Task<Void, Never>?>(nil)

  /// Begins to look.
  func look(_ body: @escaping @Sendable () async -> Capabilities) {
    let task = Task.detached { [self] in found(await body()) }
    looking.withLock { $0 = task }
  }

  /// Nobody needs to know any more.
  func stop() { looking.withLock { $0 }?.cancel() }

  /// `nil` until it is known.
  var capabilities: Capabilities? { state.withLock { $0.capabilities } }

  private func found(_ capabilities: Capabilities) {
    let waiters = state.withLock { state in
      state.capabilities = capabilities
      defer { state.waiters = [:] }
      return Array(state.waiters.values)
    }
    for waiter in waiters { waiter.resume(returning: capabilities) }
  }

  /// Waits until it is known, and no longer than that.
  /// - Parameter most: How many may wait; one more doesn't.
  func capabilities(within time: Duration, most: Int) async -> Capabilities? {
    await withCheckedContinuation { continuation in
      let (known, number) = state.withLock { state -> (Capabilities?, UInt64?) in
        guard state.capabilities == nil, state.waiters.count < most else { return (state.capabilities, nil) }
        state.lastWaiter += 1
        state.waiters[state.lastWaiter] = continuation
        return (nil, state.lastWaiter)
      }
      guard let number else { return continuation.resume(returning: known) }
      Task.detached { [self] in
        try? await Task.sleep(for: time)
        state.withLock { $0.waiters.removeValue(forKey: number) }?.resume(returning: nil)
      }
    }
  }
}
