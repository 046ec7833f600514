// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Synchronization
package import TargetProtocol

/// Does what one session's host asks for: turns, measuring processes, blobs, logs, statistics, pairing.
///
/// Its events come one after the other from whoever drives the session; nothing here blocks for long on that thread.
package final class ServedSession: Sendable {
  /// An upload and the bytes of it that wait to be written.
  struct Upload: Sendable {
    var blob: Blob
    let queue: DispatchQueue
    var file: BlobUpload?
    var waiting: [Data] = []
    var hasEnd = false
    /// A block that writes what waits is in the queue.
    var isWriting = false
  }

  struct State {
    var identity: HostIdentity?
    var workers: [UInt32: MeasuringWorker] = [:]
    /// Processes that are being started.
    var starting = 0
    /// The streams whose processes are being started, until they are no longer wanted.
    var startingStreams: Set<UInt32> = []
    var lastWorker: UInt32 = 0
    /// Which worker does what a stream asked for.
    var jobs: [UInt32: MeasuringWorker] = [:]
    /// Streams that wait for the machine.
    var acquiring: Set<UInt32> = []
    var uploads: [UInt32: Upload] = [:]
    var downloads: [UInt32: BlobDownload] = [:]
    /// How what a stream watches is ended.
    var watches: [UInt32: @Sendable () -> Void] = [:]
    /// Requests, runs and transfers under way.
    var busy = 0
    var hasEnded = false
  }

  let number: UInt64
  /// For logs.
  let name: String
  let context: AgentContext
  let port: SessionPort
  let state = Mutex(State())

  package init(_ number: UInt64, _ context: AgentContext, _ port: SessionPort) {
    (self.number, self.context, self.port) = (number, context, port)
    name = "\(number)"
    context.counters.count {
      $0.sessions += 1
      $0.sessionsBegun += 1
    }
  }

  /// Does what an event asks for.
  package func take(_ event: AgentEvent) {
    switch event {
    case .ready(let identity): begin(identity)
    case .goodbye(let seconds): log(.info, "the host says goodbye", ["seconds": .int(Int(seconds))])
    case .request(let stream, let request): take(request, stream)
    case .run(let stream, let worker, let inputs):
      context.counters.count { $0.runs += 1 }
      run(stream, worker, inputs)
    case .cancelled(let stream): cancel(stream)
    case .offered(let stream, let blob): offered(stream, blob)
    case .received(let stream, let bytes, let isEnd): received(stream, bytes, isEnd)
    case .fetched(let stream, let digest, let offset): fetched(stream, digest, from: offset)
    case .stopped(let stream): stopped(stream)
    case .pairingAsked, .code, .pin, .pairingOver: context.pairing.take(event, of: number, name, port)
    }
  }

  private func begin(_ identity: HostIdentity) {
    state.withLock { $0.identity = identity }
    log(.notice, "a host is known", ["host": .string(Self.words(identity))])
  }

  /// Whose uploads these are: a digest of who the host is, so that nobody goes on with another's.
  var owner: String {
    let words = state.withLock { $0.identity.map(Self.words) } ?? "nobody"
    return String(Digest(of: words).hex.prefix(16))
  }

  private static func words(_ identity: HostIdentity) -> String {
    switch identity {
    case .certificate(let digest): "certificate \(digest)"
    case .token(let place): "token \(place)"
    case .local: "local"
    }
  }

  func log(_ level: LogLevel, _ message: String, _ fields: [String: ConfigurationValue] = [:]) {
    context.log.log(level, message, session: name, fields)
  }

  // MARK: Busy

  /// A measuring process takes a stream's job or is done with it.
  func note(busy: Bool, job stream: UInt32) {
    if !busy { state.withLock { _ = $0.jobs.removeValue(forKey: stream) } }
    note(busy: busy)
  }

  /// Something was begun or is done; the machine's turn counts it.
  func note(busy: Bool) {
    state.withLock { state in
      let before = state.busy
      state.busy = max(before + (busy ? 1 : -1), 0)
      // What goes on without a pause is told once; and under the lock, so that two threads' words don't change places.
      if (before == 0) != (state.busy == 0) || !busy { context.turn.use(number, isBusy: state.busy > 0) }
    }
  }

  // MARK: The end

  private func cancel(_ stream: UInt32) {
    let (worker, watch, wasAcquiring, wasStarting) = state.withLock { state in
      (
        state.jobs[stream], state.watches.removeValue(forKey: stream), state.acquiring.remove(stream) != nil,
        state.startingStreams.remove(stream) != nil
      )
    }
    if let worker { return worker.cancel(stream) }
    // The process ends as soon as it has begun; its place is free then.
    if wasStarting { return port.fail(stream, MeasuringWorker.cancelled) }
    watch?()
    guard watch != nil || wasAcquiring else { return }
    port.fail(stream, MeasuringWorker.cancelled)
    if wasAcquiring, state.withLock({ $0.acquiring.isEmpty }), !context.turn.isHeld(by: number) {
      context.turn.leave(number)
    }
  }

  /// The session has ended: all that it began ends, and the machine is free once its processes are gone.
  package func end(_ end: SessionEnd) async {
    let (workers, uploads, watches) = state.withLock { state in
      state.hasEnded = true
      defer {
        (state.workers, state.uploads, state.watches, state.jobs) = ([:], [:], [:], [:])
        (state.acquiring, state.startingStreams, state.downloads) = ([], [], [:])
      }
      return (Array(state.workers.values), Array(state.uploads.values), Array(state.watches.values))
    }
    for watch in watches { watch() }
    for upload in uploads { close(upload) }
    context.pairing.ended(number)
    await withTaskGroup { group in
      for worker in workers { group.addTask { await worker.stopAtOnce() } }
    }
    context.turn.leave(number)
    context.store.release(number)
    context.counters.count { counts in
      counts.sessions -= 1
      counts.workers -= workers.count
    }
    log(
      end.code == .done ? .info : .notice, "a session has ended: \(end.reason)", ["code": .int(Int(end.code.rawValue))])
  }
}
