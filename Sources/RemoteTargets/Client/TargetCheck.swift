// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Synchronization
public import TargetProtocol
public import TargetTransport

/// What was found when a target was looked at.
public struct TargetCheck: Sendable, Codable {
  /// The target's name.
  public var target: String
  /// Where its agent is.
  public var endpoint: String
  /// What the agent can do.
  public var capabilities: Capabilities
  /// What the agent keeps to.
  public var limits: AgentLimits
  /// Version of Galley there; `nil` if the device was busy.
  public var version: String?
  /// Shortest time of a question and its answer, in seconds.
  public var roundTripSeconds: Double
  /// How far the device's clock is ahead of this one's, in seconds, and how sure that is.
  public var skewSeconds: Double?
  /// How far off the skew may be, in seconds.
  public var skewUncertainty: Double?
  /// The device's processor and system, if it wasn't busy.
  public var machine: EnvironmentRecord?
  /// Free room of the disk there, in bytes, if the agent says so.
  public var freeBytes: Int?
  /// How much more the agent takes of models and data, in bytes, if it says so.
  public var quotaBytes: Int?
  /// How many measure there before this host; `nil` if nobody does.
  public var waiting: Int?
  /// Why the device isn't free though no other host measures there, in the agent's words; `nil` if it is.
  public var held: String?
  /// What is not as it should be.
  public var problems: [Problem] = []

  /// Something that is not as it should be.
  public struct Problem: Sendable, Codable {
    /// What it is.
    public var what: String
    /// What to do about it.
    public var remedy: String
  }

  /// Looks at a target.
  /// - Parameter patience: How long to wait if another host measures there.
  /// - Throws: `GalleyError` if its agent can't be reached or doesn't know this host; `CancellationError`.
  public static func make(
    of target: DeclaredTarget, as identity: Identity, patience: Duration = .seconds(5)
  ) async throws -> TargetCheck {
    let client = try await AgentClient.connect(to: target, as: identity)
    do {
      var check = TargetCheck(
        target: target.name, endpoint: target.endpoint.description, capabilities: client.welcome.capabilities,
        limits: client.welcome.limits, roundTripSeconds: try await roundTrip(client))
      try await check.lookInside(client, patience)
      try await check.askForRoom(client)
      await client.leave()
      check.judge(identity, target)
      return check
    } catch {
      await client.leave()
      throw error
    }
  }

  /// Giving back a turn that one doesn't have is answered at once.
  private static func roundTrip(_ client: AgentClient) async throws -> Double {
    var shortest = Double.infinity
    for _ in 0..<10 {
      let start = ContinuousClock.now
      let _: NoParameters = try await client.call(SessionMethod.releaseTurn, within: 10, NoParameters())
      shortest = min(shortest, (ContinuousClock.now - start) / .seconds(1))
    }
    return shortest
  }

  /// What only a measuring process knows.
  private mutating func lookInside(_ client: AgentClient, _ patience: Duration) async throws {
    guard let runtime = capabilities.runtimes.keys.sorted().first else { return }
    let (place, held) = (LastTold<Int>(), LastTold<String>())
    do {
      let _: NoParameters = try await client.call(
        SessionMethod.acquireTurn, within: patience / .seconds(1), NoParameters()
      ) { event in
        switch event {
        case .position(let position): place.note(position)
        case .log(_, let message): held.note(message)
        default: break
        }
      }
    } catch let error as GalleyError where error.exitCode == .tryAgain && !client.hasEnded {
      // Who waits for another program has its turn already, or learns of it only then.
      guard let words = held.value else { return waiting = (place.value ?? 0) + 1 }
      return self.held = words
    }
    let started: StartWorkerResult = try await client.call(
      SessionMethod.startWorker, within: 60, StartWorkerParameters(runtime: runtime))
    let (before, start) = (Date().timeIntervalSince1970, ContinuousClock.now)
    let machine: EnvironmentRecord = try await client.call(
      TargetMethod.environment, worker: started.worker, within: 60, NoParameters())
    let took = (ContinuousClock.now - start) / .seconds(1)
    (self.machine, version) = (machine.onOneLine, machine.galleyVersion.onOneLine)
    // The device read its clock some time between question and answer.
    (skewSeconds, skewUncertainty) = (machine.time - (before + took / 2), took / 2)
    let _: NoParameters = try await client.call(
      SessionMethod.stopWorker, worker: started.worker, within: 30, NoParameters())
  }

  /// The first report of the agent's statistics.
  private mutating func askForRoom(_ client: AgentClient) async throws {
    guard capabilities.methods.contains(SessionMethod.watchStatistics) else { return }
    let first = LastTold<ConfigurationValue>()
    let _: NoParameters? = try? await client.call(
      SessionMethod.watchStatistics, within: 1, WatchStatisticsParameters(seconds: 0.2)
    ) { event in
      if case .report(let report) = event { first.note(report) }
    }
    try Task.checkCancellation()
    freeBytes = first.value?.bytes("agent", "blobs", "freeBytes")
    if let quota = first.value?.bytes("agent", "blobs", "quotaBytes"),
      let used = first.value?.bytes("agent", "blobs", "byteCount")
    {
      quotaBytes = max(quota - used, 0)
    }
  }

  private mutating func judge(_ identity: Identity, _ target: DeclaredTarget) {
    func problem(_ what: String, _ remedy: String) { problems.append(Problem(what: what, remedy: remedy)) }
    if capabilities.runtimes.isEmpty {
      problem(
        "The agent found no runtime on the device.",
        "Install one there; Documentation/agent.md says where the agent looks.")
    }
    if let version, version != galleyVersion.description {
      problem(
        "The agent is of version \(version), this program of \(galleyVersion).",
        "Install the same version on both sides.")
    }
    if let skew = skewSeconds, let uncertainty = skewUncertainty, abs(skew) > 60 + uncertainty {
      let side = skew > 0 ? "ahead of" : "behind"
      problem(
        "The device's clock is \(Int(min(abs(skew), 1e12))) s \(side) this one's.",
        "Set both clocks; certificates have dates.")
    }
    if let freeBytes, freeBytes < 1 << 30 {
      problem("Less than 1 GiB is free on the device.", "Make room there.")
    }
    if let waiting {
      problem(
        "Another host measures there now; \(waiting) before this one.", "Look again later for what the device is.")
    }
    if let held { problem("The device isn't free: \(held).", "Look again later for what the device is.") }
    if identity.validUntil.timeIntervalSinceNow < 30 * 86_400 {
      problem("This host's certificate expires soon.", "Remove it from 'targets' in Galley's home, and pair again.")
    }
    if let seen = target.platform, seen != capabilities.platform {
      problem(
        "The device is \(capabilities.platform) and was \(seen) before.", "Look whether it is the device that you mean."
      )
    }
  }
}

/// What an agent told last.
private final class LastTold<Value: Sendable>: Sendable {
  private let state = Mutex<Value?>(nil)
  var value: Value? { state.withLock { $0 } }
  func note(_ value: Value) { state.withLock { $0 = value } }
}

extension ConfigurationValue {
  /// The number at a path of keys.
  fileprivate func bytes(_ keys: String...) -> Int? {
    value(at: keys)?.number.flatMap { Int(exactly: $0.rounded()) }.flatMap { $0 >= 0 ? $0 : nil }
  }
}
