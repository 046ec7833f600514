// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import TargetProtocol
internal import WorkerProtocol
internal import Synchronization

/// The agent's own methods: turns, processes, what is watched.
extension ServedSession {
  /// The methods of the agent itself.
  static let ownMethods = [
    SessionMethod.acquireTurn, SessionMethod.releaseTurn, SessionMethod.startWorker, SessionMethod.stopWorker,
    SessionMethod.watchLog, SessionMethod.watchStatistics,
  ]

  func take(_ request: RequestMessage, _ stream: UInt32) {
    context.counters.count { $0.requests += 1 }
    log(.debug, "a request", ["method": .string(request.method), "stream": .int(Int(stream))])
    do throws(RequestFailure) {
      switch request.method {
      case SessionMethod.acquireTurn: acquire(stream)
      case SessionMethod.releaseTurn: try release(stream)
      case SessionMethod.startWorker: try startWorker(request, stream)
      case SessionMethod.stopWorker: try stopWorker(request, stream)
      case SessionMethod.watchLog: try watchLog(request, stream)
      case SessionMethod.watchStatistics: try watchStatistics(request, stream)
      default: try measure(request, stream)
      }
    } catch {
      refuse(stream, error)
    }
  }

  func refuse(_ stream: UInt32, _ failure: RequestFailure) {
    context.counters.count { $0.failures += 1 }
    log(.info, "a request failed: \(failure.what): \(failure.why)", ["code": .string(failure.code.rawValue)])
    port.fail(stream, failure)
  }

  // MARK: The machine

  private func acquire(_ stream: UInt32) {
    state.withLock { _ = $0.acquiring.insert(stream) }
    let waiter = MachineTurn.Waiter(
      granted: { [weak self] in self?.granted() },
      place: { [weak self] in self?.tellWaiting(.position($0)) },
      held: { [weak self] in
        self?.tellWaiting(
          .log(level: LogLevel.info.rawValue, message: "the machine measures for another program: \($0)"))
      },
      expired: { [weak self] in self?.expired() },
      failed: { [weak self] in self?.failWaiting(RequestFailure($0)) })
    context.turn.acquire(number, waiter)
    // The session may have ended meanwhile.
    if state.withLock({ $0.hasEnded }) { context.turn.leave(number) }
  }

  private func granted() {
    let streams = state.withLock { state in
      defer { state.acquiring = [] }
      return state.acquiring
    }
    // What began before it was granted counts too.
    state.withLock { if $0.busy > 0 { context.turn.use(number, isBusy: true) } }
    log(.info, "the machine is this host's")
    for stream in streams.sorted() { port.answer(stream, NoParameters()) }
  }

  private func expired() {
    log(.notice, "the machine was given to the next host: nothing was done with it")
    // Who asked again meanwhile waits for nothing.
    failWaiting(
      RequestFailure(
        .noTurn, exitCode: .tryAgain, what: "can't keep the machine", why: "nothing was done with it",
        remedy: "Ask for it again."))
  }

  private func tellWaiting(_ event: RequestEvent) {
    for stream in state.withLock({ $0.acquiring.sorted() }) { port.tell(event, of: stream) }
  }

  private func failWaiting(_ failure: RequestFailure) {
    let streams = state.withLock { state in
      defer { state.acquiring = [] }
      return state.acquiring
    }
    for stream in streams.sorted() { refuse(stream, failure) }
  }

  private func release(_ stream: UInt32) throws(RequestFailure) {
    guard state.withLock({ $0.jobs.isEmpty && $0.starting == 0 }) else {
      throw RequestFailure(
        .busy, exitCode: .tryAgain, what: "can't give the machine back", why: "a measuring process is at work")
    }
    context.turn.leave(number)
    port.answer(stream, NoParameters())
  }

  private func requireTurn(_ method: String) throws(RequestFailure) {
    guard context.turn.isHeld(by: number) else {
      throw RequestFailure(
        .noTurn, exitCode: .tryAgain, what: "can't do '\(method)'", why: "the machine isn't this host's",
        remedy: "Ask for it with '\(SessionMethod.acquireTurn)'.")
    }
  }

  // MARK: Measuring processes

  private func startWorker(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    let parameters = try request.parameters(as: StartWorkerParameters.self)
    guard TargetRuntimes.names.contains(parameters.runtime) else {
      let guess = NearestName.match(parameters.runtime, in: TargetRuntimes.names).map { "Did you mean '\($0)'?" }
      throw RequestFailure(
        .badParameters, exitCode: .configuration, what: "can't use the runtime '\(parameters.runtime)'",
        why: "this agent knows \(TargetRuntimes.names.joined(separator: ", "))", remedy: guess)
    }
    try requireTurn(request.method)
    let isRoom = state.withLock { state in
      guard state.workers.count + state.starting < context.bounds.workers else { return false }
      state.starting += 1
      state.startingStreams.insert(stream)
      return true
    }
    guard isRoom else {
      throw RequestFailure(
        .busy, exitCode: .tryAgain, what: "can't start a measuring process",
        why: "\(context.bounds.workers) are alive", remedy: "Stop one with '\(SessionMethod.stopWorker)'.")
    }
    note(busy: true)
    Task.detached { [self] in
      await start(parameters.runtime, stream)
      note(busy: false)
    }
  }

  private func start(_ runtime: String, _ stream: UInt32) async {
    let store = context.store
    let settings = WorkerProcess.Settings(onLog: { [weak self] line in
      // The host may watch the log.
      self?.log(line.level, store.hidingPaths(line.message), ["source": .string("worker")])
    })
    let program = context.program
    do throws(GalleyError) {
      let process = try await WorkerProcess.start(
        executable: program.executable, arguments: program.arguments + [runtime], name: "measure",
        environment: program.environment.mapValues { .some($0) }, settings: settings)
      let worker = MeasuringWorker(process, port, hiding: store.hidingPaths) { [weak self] in
        self?.note(busy: $1, job: $0)
      }
      await keep(worker, stream)
    } catch {
      let isWanted = state.withLock { state in
        state.starting -= 1
        return state.startingStreams.remove(stream) != nil
      }
      if isWanted { refuse(stream, context.store.hidingPaths(RequestFailure(error))) }
    }
  }

  private func keep(_ worker: MeasuringWorker, _ stream: UInt32) async {
    let number = state.withLock { state -> UInt32? in
      // A host that doesn't learn the number could never stop the process.
      guard !state.hasEnded, state.startingStreams.remove(stream) != nil else { return nil }
      state.starting -= 1
      state.lastWorker += 1
      state.workers[state.lastWorker] = worker
      return state.lastWorker
    }
    guard let number else {
      await worker.stopAtOnce()
      return state.withLock { $0.starting -= 1 }
    }
    context.counters.count {
      $0.workers += 1
      $0.workersBegun += 1
    }
    watchMemory(of: worker, number)
    log(.info, "a measuring process was started", ["worker": .int(Int(number))])
    port.answer(stream, StartWorkerResult(worker: number))
  }

  private func watchMemory(of worker: MeasuringWorker, _ number: UInt32) {
    guard let limit = context.program.memoryLimit, let process = worker.process.processID else { return }
    let watch = context.memory.add(process, limit: limit) { [weak self, weak worker] held in
      self?.log(.warning, "a measuring process held too much memory", ["worker": .int(Int(number))])
      worker?.kill(MeasuringWorker.ended("it held \(held) bytes of memory, and may have \(limit)"))
    }
    worker.onStop { [context] in context.memory.remove(watch) }
  }

  private func stopWorker(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    try requireTurn(request.method)
    let number = request.worker ?? 0
    guard let worker = state.withLock({ $0.workers[number] }) else { throw Self.noWorker(number) }
    note(busy: true)
    Task.detached { [self] in
      await worker.stop()
      // It is the session's until it is gone: the machine isn't free before.
      if state.withLock({ $0.workers.removeValue(forKey: number) }) != nil {
        context.counters.count { $0.workers -= 1 }
      }
      note(busy: false)
      port.answer(stream, NoParameters())
    }
  }

  func run(_ stream: UInt32, _ number: UInt32, _ inputs: EncodedTensors) {
    do throws(RequestFailure) {
      try submit(.run(stream: stream, inputs: inputs), to: number, "run")
    } catch {
      refuse(stream, error)
    }
  }

  /// Hands a job to a measuring process, if the machine is this host's.
  func submit(_ job: MeasuringWorker.Job, to number: UInt32, _ method: String) throws(RequestFailure) {
    try requireTurn(method)
    let worker = state.withLock { state in
      state.jobs[job.stream] = state.workers[number]
      return state.workers[number]
    }
    guard let worker else { throw Self.noWorker(number) }
    worker.submit(job)
  }

  static func noWorker(_ number: UInt32) -> RequestFailure {
    RequestFailure(
      .noWorker, exitCode: .badData, what: "can't measure", why: "this session has no measuring process \(number)",
      remedy: "'\(SessionMethod.startWorker)' gives one.")
  }
}
