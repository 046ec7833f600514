// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Measuring
internal import Synchronization
internal import TargetProtocol
internal import Targets

/// A device in use: one session with its agent, which has the turn.
final class RemoteSession: MeasuringSession {
  /// How often a connection that is cut before anything was started is made again.
  private static let attempts = 5

  private let client: AgentClient
  /// The digest of each file that was brought, by path.
  private let brought: Mutex<[String: Digest]>
  /// A measuring process that only answers for the machine, started when it is first asked.
  private let observer = Mutex<Task<RemoteProcess, any Error>?>(nil)
  private let observerRuntime: String
  private let canObserve: Bool

  private init(_ client: AgentClient, _ brought: [String: Digest], observerRuntime: String) {
    self.client = client
    self.brought = Mutex(brought)
    self.observerRuntime = observerRuntime
    canObserve = client.welcome.capabilities.methods.contains(TargetMethod.observe)
  }

  /// Connects, waits for the turn and brings the files. A connection that is cut meanwhile is made again: nothing is lost,
  /// uploads go on where they were.
  static func open(
    _ target: RemoteTarget, with files: [NeededFile], onWait: @escaping @Sendable (String) -> Void
  ) async throws -> RemoteSession {
    var pause = Duration.milliseconds(250)
    for attempt in 1... {
      do {
        return try await begin(target, files, onWait)
      } catch let error as GalleyError where attempt < attempts && mayPass(error, attempt) {
        onWait("the connection to \(target.declared.name): \(error.why)")
        try await Task.sleep(for: pause)
        pause *= 2
      }
    }
    throw CancellationError()
  }

  /// Whether trying again may help: a cut, a busy agent, or one that was there before and is about to come back.
  private static func mayPass(_ error: GalleyError, _ attempt: Int) -> Bool {
    error.exitCode == .tryAgain || attempt > 1 && error.exitCode == .unavailable
  }

  private static func begin(
    _ target: RemoteTarget, _ files: [NeededFile], _ onWait: @escaping @Sendable (String) -> Void
  ) async throws -> RemoteSession {
    let client = try await AgentClient.connect(to: target.declared, as: target.identity)
    do {
      try target.check(client)
      let _: NoParameters = try await client.call(
        SessionMethod.acquireTurn, within: client.welcome.limits.requestSeconds, NoParameters()
      ) { event in
        switch event {
        case .position(let place): onWait(Self.queue(place, target.declared.name))
        case .log(_, let message): onWait("\(target.declared.name): \(message)")
        default: break
        }
      }
      var brought: [String: Digest] = [:]
      for file in files {
        // A file that can't be brought is the failure of what needs it, and no other's.
        do {
          brought[file.path] = try await bring(file, client).digest
        } catch let error as GalleyError {
          if client.hasEnded { throw error }
        }
      }
      let runtime = client.welcome.capabilities.runtimes.keys.sorted().first
      guard let runtime else {
        throw GalleyError(
          .unavailable, "can't measure", at: target.declared.name, why: "its agent found no runtime there",
          remedy: "Run 'galley target check \(target.declared.name)'.")
      }
      return RemoteSession(client, brought, observerRuntime: runtime)
    } catch {
      await client.leave()
      throw error
    }
  }

  private static func queue(_ place: Int, _ name: String) -> String {
    place == 0 ? "the host that measures on \(name) now" : "\(place + 1) hosts that measure on \(name) before this one"
  }

  // MARK: Files

  /// Sends a file if the agent doesn't have it.
  private static func bring(_ file: NeededFile, _ client: AgentClient) async throws -> BlobPath {
    let blob: Blob
    do throws(FileError) {
      let digest = if let digest = file.digest { digest } else { try Digest(ofFileAt: file.path) }
      blob = Blob(digest: digest, byteCount: try FileFacts.byteCount(of: file.path))
    } catch {
      throw GalleyError(.missingInput, "can't send a file", at: file.path, why: error.reason)
    }
    _ = try await client.upload(file.path, blob)
    return BlobPath(blob.digest)
  }

  private func bring(_ file: NeededFile) async throws -> String {
    if let digest = brought.withLock({ $0[file.path] }), file.digest == nil || file.digest == digest {
      return BlobPath(digest).description
    }
    let path = try await Self.bring(file, client)
    brought.withLock { $0[file.path] = path.digest }
    return path.description
  }

  // MARK: Measuring

  func start(
    runtime: IngredientChoice, onLog: @escaping @Sendable (String) -> Void
  ) async throws -> any MeasuringProcess {
    let started: StartWorkerResult = try await client.call(
      SessionMethod.startWorker, StartWorkerParameters(runtime: runtime.name))
    return RemoteProcess(client: client, worker: started.worker, onLog: onLog) { [self] in try await bring($0) }
  }

  func environment() async throws -> EnvironmentRecord {
    let record: EnvironmentRecord = try await startedObserver().call(TargetMethod.environment, NoParameters())
    return record.onOneLine
  }

  func observe() async throws -> MachineObservation? {
    canObserve ? try await startedObserver().call(TargetMethod.observe, NoParameters()) : nil
  }

  private func startedObserver() async throws -> RemoteProcess {
    let task = observer.withLock { observer in
      if let observer { return observer }
      let (client, runtime) = (client, observerRuntime)
      let task = Task<RemoteProcess, any Error> {
        let started: StartWorkerResult = try await client.call(
          SessionMethod.startWorker, StartWorkerParameters(runtime: runtime))
        return RemoteProcess(client: client, worker: started.worker) { file in
          try await Self.bring(file, client).description
        }
      }
      observer = task
      return task
    }
    do {
      return try await task.value
    } catch {
      // The next who asks may have more luck.
      observer.withLock { if $0 == task { $0 = nil } }
      throw error
    }
  }

  var ownProcessorSeconds: Double { 0 }
  var isLocal: Bool { false }

  func end() async { await client.leave() }
}

/// A measuring process of an agent.
struct RemoteProcess: MeasuringProcess {
  let client: AgentClient
  let worker: UInt32
  var onLog: @Sendable (String) -> Void = { _ in }
  let bringFile: @Sendable (NeededFile) async throws -> String

  func call<Parameters: Encodable & Sendable, Result: Decodable & Sendable>(
    _ method: String, _ parameters: Parameters
  ) async throws -> Result {
    // As long as the agent lets it: slow devices answer many items. An agent that has gone is noticed long before.
    try await client.call(method, worker: worker, within: client.welcome.limits.requestSeconds, parameters) { event in
      if case .log(_, let message) = event { onLog(message) }
    }
  }

  func bring(_ file: NeededFile) async throws -> String { try await bringFile(file) }
  func fresh(_ path: String) -> String { BlobPath.fresh }
  func take(_ digest: Digest, to path: String) async throws { try await client.fetch(digest, to: path) }
  var processID: Int32? { nil }

  func stop() async {
    // A cancelled task still ends its process; when the session has ended, so has the process.
    let (client, worker) = (client, worker)
    await Task.detached {
      let _: NoParameters? = try? await client.call(
        SessionMethod.stopWorker, worker: worker, within: 30, NoParameters())
    }.value
  }
}
