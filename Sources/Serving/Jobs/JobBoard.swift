// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Platform

/// The jobs of a server: those that wait, run, and have lately ended. They are kept in memory, and end with the server.
actor JobBoard {
  private struct Entry {
    var job: Job
    var request: ModelWorkRequest
    var task: Task<Void, Never>?
    var isCancelled = false
    var outcomes: [String: ModelWorkOutcome] = [:]
    var order: [String] = []
  }

  private let store: PlatformStore
  private let work: (any ModelWork)?
  private let settings: ServerSettings
  private var entries: [String: Entry] = [:]
  /// The jobs' ids in the order in which they came.
  private var ids: [String] = []
  private var isClosed = false

  init(store: PlatformStore, work: (any ModelWork)?, settings: ServerSettings) {
    (self.store, self.work, self.settings) = (store, work, settings)
  }

  /// Whether there is anything that could do a job.
  nonisolated var canWork: Bool { work != nil }

  /// Refuses a job that the work can't do, before there is one.
  nonisolated func check(_ request: ModelWorkRequest) throws(GalleyError) { try work?.check(request, in: store) }

  /// Takes a job.
  func add(_ request: ModelWorkRequest) throws(RequestFailure) -> Job {
    guard !isClosed else {
      throw RequestFailure(
        .serviceUnavailable, "can't start the job", why: "the server is about to end", code: .tryAgain,
        headers: [.retryAfter: "10"])
    }
    let open = ids.compactMap { entries[$0]?.job }.filter { !$0.status.isOver }
    if request.kind == .train, let other = open.first(where: { $0.modelID == request.modelID && $0.kind == .train }) {
      throw RequestFailure(
        .conflict, "can't start the job", at: other.id, why: "the model is being trained by another job",
        remedy: "Wait for it, or cancel it.")
    }
    guard open.count < settings.jobLimit else {
      throw RequestFailure(
        .tooManyRequests, "can't start the job", why: "\(open.count) jobs wait or run already", code: .tryAgain,
        headers: [.retryAfter: "5"])
    }
    let job = Job(
      id: "job-\(RandomID.make())", kind: request.kind, modelID: request.modelID, datasetID: request.datasetID,
      created: Self.now)
    entries[job.id] = Entry(job: job, request: request)
    ids.append(job.id)
    forget()
    startNext()
    return entries[job.id]?.job ?? job
  }

  /// All jobs, the latest first.
  func jobs() -> [Job] { ids.reversed().compactMap { entries[$0]?.job } }

  func job(_ id: String) throws(RequestFailure) -> Job {
    guard let job = entries[id]?.job else { throw Self.missing(id) }
    return job
  }

  /// What became of a job's items, in the order in which they came.
  func items(ofJob id: String) throws(RequestFailure) -> [JobItem] {
    guard let entry = entries[id] else { throw Self.missing(id) }
    return entry.order.compactMap { item in entry.outcomes[item].map { JobItem(item, $0) } }
  }

  /// Cancels a job that isn't over, or forgets one that is.
  func remove(_ id: String) throws(RequestFailure) -> Job {
    guard var entry = entries[id] else { throw Self.missing(id) }
    if entry.job.status.isOver {
      entries[id] = nil
      ids.removeAll { $0 == id }
      return entry.job
    }
    entry.isCancelled = true
    entry.task?.cancel()
    if entry.task == nil {
      entry.job.status = .cancelled
      entry.job.ended = Self.now
    }
    entries[id] = entry
    return entry.job
  }

  /// How many jobs run or wait.
  func openCount() -> Int { entries.values.count { !$0.job.status.isOver } }

  /// Cancels all jobs, and waits until they have ended.
  func close() async {
    isClosed = true
    for id in ids where entries[id]?.job.status.isOver == false { _ = try? remove(id) }
    for task in entries.values.compactMap(\.task) { await task.value }
  }

  // MARK: - Running

  private func startNext() {
    guard let work, !isClosed else { return }
    let running = entries.values.count { $0.job.status == .running }
    guard running < settings.runningJobLimit, let id = ids.first(where: { entries[$0]?.job.status == .waiting }),
      let request = entries[id]?.request
    else { return }
    entries[id]?.job.status = .running
    entries[id]?.job.started = Self.now
    let store = store
    entries[id]?.task = Task.detached {
      let (events, feed) = AsyncStream.makeStream(of: ModelWorkEvent.self)
      let listening = Task { for await event in events { await self.note(event, of: id) } }
      let result: Result<JSONObject, any Error>
      do {
        result = .success(try await work.perform(request, in: store) { feed.yield($0) })
      } catch {
        result = .failure(error)
      }
      feed.finish()
      await listening.value
      await self.end(id, result)
    }
  }

  private func note(_ event: ModelWorkEvent, of id: String) {
    switch event {
    case .progress(let progress): entries[id]?.job.progress = progress
    case .item(let item, let outcome):
      let former = entries[id]?.outcomes.updateValue(outcome, forKey: item)
      if let former { entries[id]?.job.items.count(former, by: -1) } else { entries[id]?.order.append(item) }
      entries[id]?.job.items.count(outcome, by: 1)
    }
  }

  private func end(_ id: String, _ result: Result<JSONObject, any Error>) {
    guard var entry = entries[id] else { return }
    entry.task = nil
    entry.job.ended = Self.now
    switch result {
    case .success(let figures):
      entry.job.result = figures
      entry.job.status = entry.job.items.failed > 0 ? .partial : .succeeded
    case .failure(let error) where error is CancellationError || entry.isCancelled: entry.job.status = .cancelled
    case .failure(let error):
      entry.job.status = .failed
      entry.job.failure = Job.Failure(
        error as? GalleyError ?? GalleyError(.software, "the job failed", why: "\(error)"))
    }
    entries[id] = entry
    startNext()
  }

  /// Forgets the oldest jobs that have ended.
  private func forget() {
    let over = ids.filter { entries[$0]?.job.status.isOver == true }
    for id in over.dropLast(settings.keptJobLimit) {
      entries[id] = nil
      ids.removeAll { $0 == id }
    }
  }

  private static func missing(_ id: String) -> RequestFailure {
    RequestFailure(
      .notFound, "can't find the job", at: id, why: "this server has none of that id",
      remedy: "GET /v1/jobs lists them.",
      code: .missingInput)
  }

  private static var now: Double { Date().timeIntervalSince1970 }
}

extension Job.Counts {
  fileprivate mutating func count(_ outcome: ModelWorkOutcome, by step: Int) {
    switch outcome {
    case .done: done += step
    case .failed: failed += step
    case .skipped: skipped += step
    }
  }
}
