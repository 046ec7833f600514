// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Measuring
internal import Statistics
internal import TargetProtocol

/// What one process of a subject gave.
struct ProcessRecord: Sendable {
  var load: LoadResult
  var firstInference: Double
  var warmUp: WarmUpResult
  var durations = DurationList()
  var blockMedians: [Double] = []
  var processorSeconds = 0.0
  var blockSeconds = 0.0
  var answers: PredictResult?
  var throughput: ThroughputRecord?
  var resources: ResourceReport?
}

/// What is known of one subject so far.
struct SubjectTrack: Sendable {
  let subject: MeasurementSubject
  var records: [ProcessRecord] = []
  var inferencesPerBlock: Int?
  var runtime: RuntimeRecord?
  var failure: GalleyError?

  /// What the subject runs on.
  func input(_ plan: MeasurementPlan) -> MeasuredInput { subject.input ?? plan.input }
  /// Items in one inference.
  func batch(_ plan: MeasurementPlan) -> Int { subject.batch ?? plan.batch }
}

/// One measurement of several subjects: rounds of fresh processes that take turns.
struct Campaign {
  let session: any MeasuringSession
  let plan: MeasurementPlan
  /// The digest of each file that subjects run on, by path.
  let inputDigests: [String: Digest]
  let onEvent: @Sendable (MeasuringEvent) -> Void
  var tracks: [SubjectTrack]
  var labels: [String] = []
  /// What disturbed the machine, of all rounds.
  var disturbances: [String] = []
  /// The machine; `nil` before the first round.
  var environment: EnvironmentRecord?
  private var generator: SeededGenerator
  private var completed = 0
  /// Looks at the measuring processes and the machine's sensors from this process, while they work; `nil` if they are
  /// another machine's.
  private let sampler: ResourceSampler?

  init(
    _ session: any MeasuringSession, _ subjects: [MeasurementSubject], _ plan: MeasurementPlan,
    _ inputDigests: [String: Digest],
    _ onEvent: @escaping @Sendable (MeasuringEvent) -> Void
  ) {
    self.session = session
    self.plan = plan
    self.inputDigests = inputDigests
    self.onEvent = onEvent
    tracks = subjects.map { SubjectTrack(subject: $0) }
    generator = SeededGenerator(seed: plan.seed)
    sampler = session.isLocal ? ResourceSampler() : nil
  }

  /// Runs all rounds.
  /// - Throws: `CancellationError`; a subject's failure is kept with the subject.
  mutating func run() async throws {
    environment = try await session.environment()
    let before = try await session.observe()
    for round in 0..<plan.processes {
      var children: [Int: MeasuringChild] = [:]
      do {
        try await self.round(round, &children)
        for child in children.values { await child.stop() }
      } catch {
        for child in children.values { await child.stop() }
        throw error
      }
    }
    if let before, let after = try await session.observe() {
      environment?.loadAfter = after.state.load
      environment?.otherPrograms = after.state.otherPrograms(since: before.state, own: after.process)
    }
    if let sampler { onEvent(.sampled(sampler.stop())) }
  }

  private mutating func round(_ round: Int, _ children: inout [Int: MeasuringChild]) async throws {
    let process = "process \(round + 1) of \(plan.processes)"
    for index in tracks.indices where tracks[index].failure == nil {
      try await attempt(index, &children) { campaign, children in
        let child = try await campaign.start(campaign.tracks[index].subject)
        children[index] = child
        try await campaign.prepare(index, child)
      }
      advance("\(tracks[index].subject.name) is ready, \(process)")
    }
    let before = try await session.observe()
    let ownBefore = try await ownSeconds(children)
    for _ in 0..<plan.blocks {
      for index in generator.shuffled(children.keys.sorted()) {
        try await attempt(index, &children) { campaign, children in
          if let child = children[index] { try await campaign.takeTurn(index, child) }
        }
        advance("\(tracks[index].subject.name), \(process)")
      }
    }
    if plan.throughputSeconds > 0 {
      for index in generator.shuffled(children.keys.sorted()) {
        try await attempt(index, &children) { campaign, children in
          guard let child = children[index] else { return }
          let result = try await child.throughput(
            seconds: campaign.plan.throughputSeconds, threads: campaign.tracks[index].subject.threads)
          campaign.tracks[index].records[campaign.tracks[index].records.count - 1].throughput = result
        }
      }
    }
    let own = try await ownSeconds(children) - ownBefore
    if let before, let after = try await session.observe() {
      for mark in after.disturbances(since: before, ownSeconds: max(own, 0)) {
        disturbances.append("Process \(round + 1): \(mark)")
      }
    }
    for index in children.keys.sorted() {
      try await attempt(index, &children) { campaign, children in
        if let child = children[index] { try await campaign.finish(index, child) }
      }
      advance("\(tracks[index].subject.name) has answered, \(process)")
    }
  }

  /// Does something for one subject; if it fails, the subject's measurement ends and its process too.
  private mutating func attempt(
    _ index: Int, _ children: inout [Int: MeasuringChild],
    _ body: (inout Campaign, inout [Int: MeasuringChild]) async throws -> Void
  ) async throws {
    do {
      try await body(&self, &children)
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      let failure =
        error as? GalleyError ?? GalleyError(.software, "can't measure \(tracks[index].subject.name)", why: "\(error)")
      tracks[index].failure = failure
      onEvent(.failed(subject: tracks[index].subject.name, failure))
      if let child = children.removeValue(forKey: index) { await child.stop() }
    }
  }

  private func start(_ subject: MeasurementSubject) async throws -> MeasuringChild {
    let onEvent = onEvent
    let child = try await MeasuringChild.start(session, runtime: subject.runtime) { onEvent(.log($0)) }
    if let process = child.processID { sampler?.add(process, as: subject.name) }
    return child
  }

  private mutating func prepare(_ index: Int, _ child: MeasuringChild) async throws {
    let subject = tracks[index].subject
    let input = tracks[index].input(plan)
    if let opened = try await child.open(input, subject.preprocessing) { labels = opened.labels }
    let load = try await child.load(subject.model, subject.runtime, batch: tracks[index].batch(plan))
    let first = try await child.firstInference()
    let warmUp = try await child.warmUp(maximumSeconds: plan.maximumWarmUp)
    // All processes take turns of equal length, so that what they give can be pooled.
    tracks[index].inferencesPerBlock =
      tracks[index].inferencesPerBlock ?? plan.block.repetitions(each: warmUp.median)
    tracks[index].records.append(ProcessRecord(load: load, firstInference: first.seconds, warmUp: warmUp))
  }

  private mutating func takeTurn(_ index: Int, _ child: MeasuringChild) async throws {
    let block = try await child.block(tracks[index].inferencesPerBlock ?? plan.block.minimumRepetitions)
    let last = tracks[index].records.count - 1
    tracks[index].records[last].durations.append(contentsOf: block.durations)
    tracks[index].records[last].blockMedians.append(Percentile.median(block.durations.seconds) ?? 0)
    tracks[index].records[last].processorSeconds += block.processorSeconds
    tracks[index].records[last].blockSeconds += block.seconds
  }

  private mutating func finish(_ index: Int, _ child: MeasuringChild) async throws {
    let last = tracks[index].records.count - 1
    if tracks[index].input(plan).subset != nil {
      tracks[index].records[last].answers = try await child.predict(plan.answeredItems)
    }
    tracks[index].records[last].resources = try await child.resources()
    if tracks[index].runtime == nil { tracks[index].runtime = try await child.runtimeRecord() }
  }

  /// Processor time of this process, if it is on that machine, and of the measuring ones; what a process has used isn't worth a failure.
  private func ownSeconds(_ children: [Int: MeasuringChild]) async throws -> Double {
    var seconds = session.ownProcessorSeconds
    for child in children.values { seconds += (try? await child.resources().processorSeconds) ?? 0 }
    try Task.checkCancellation()
    return seconds
  }

  private mutating func advance(_ message: String) {
    completed += 1
    let total = plan.processes * tracks.count * (plan.blocks + 2)
    onEvent(.progress(completed: min(completed, total), total: total, message: message))
  }
}
