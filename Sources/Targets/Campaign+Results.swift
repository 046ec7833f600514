// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Measuring
internal import Metrics
internal import Statistics
internal import TargetProtocol

extension Campaign {
  /// What became of each subject, in their order.
  func results() -> [SubjectResult] {
    tracks.map { track in
      if let failure = track.failure { return SubjectResult(subject: track.subject, outcome: .failure(failure)) }
      return SubjectResult(subject: track.subject, outcome: Result { () throws(GalleyError) in try measured(track) })
    }
  }

  private func measured(_ track: SubjectTrack) throws(GalleyError) -> MeasuredSubject {
    guard let first = track.records.first, let runtime = track.runtime, let environment else {
      throw GalleyError(.software, "can't measure \(track.subject.name)", why: "no process has finished")
    }
    let measurement = Measurement(
      model: MeasuredModel(
        digest: track.subject.model.digest, format: track.subject.model.format,
        byteCount: track.subject.model.byteCount, precision: track.subject.precision),
      runtime: runtime, conditions: try conditions(track), environment: environment, latency: try latency(track),
      phases: try phases(track), resources: try resources(track), verdict: verdict(track),
      quality: try first.answers.map { answers throws(GalleyError) in
        try ClassificationQuality(answers.predictions, labels: labels)
      }, stream: stream(track))
    return MeasuredSubject(
      measurement: measurement, predictions: first.answers?.predictions, durations: track.records.map(\.durations),
      throughput: track.records.compactMap(\.throughput))
  }

  private func conditions(_ track: SubjectTrack) throws(GalleyError) -> MeasurementConditions {
    guard let digest = inputDigests[track.input(plan).path] else { throw empty(track, "its input's digest") }
    return MeasurementConditions(
      batch: track.batch(plan), threads: track.subject.threads ?? plan.threads, seed: plan.seed,
      processes: track.records.count, blocks: plan.blocks,
      inferencesPerBlock: track.inferencesPerBlock ?? 0, warmUp: track.records.map(\.warmUp.inferences),
      interleavedWith: tracks.filter { $0.subject.name != track.subject.name && $0.failure == nil }
        .map(\.subject.model.digest),
      dataDigest: digest, subset: track.input(plan).subset)
  }

  private func latency(_ track: SubjectTrack) throws(GalleyError) -> Timing {
    let durations = track.records.map(\.durations.seconds)
    let medians = durations.compactMap(Percentile.median)
    let blocks = track.records.flatMap(\.blockMedians)
    // One process says nothing of how processes differ; the spread between its turns is the next best.
    let interval =
      Interval.betweenProcesses(medians)
      ?? Interval.bootstrap(blocks, seed: plan.seed) { Percentile.median($0) ?? .nan }
    guard let interval else { throw empty(track, "latency") }
    return Timing(
      summary: try summary(durations.flatMap { $0 }, track, "latency"), processMedians: medians,
      sigma: Moments.meanAndDeviation(medians).deviation, medianInterval: interval)
  }

  /// The turns as one stream of queries, each begun when the one before it had ended, after MLPerf's single stream.
  private func stream(_ track: SubjectTrack) -> StreamRecord {
    let bounds = ScenarioBounds(minimumSamples: 1, minimumSeconds: 0)
    return SingleStreamScenario(bounds: bounds).record(
      track.records.flatMap(\.durations.nanoseconds), track.records.reduce(0) { $0 + $1.blockSeconds })
  }

  private func phases(_ track: SubjectTrack) throws(GalleyError) -> PhaseTimings {
    let answers = track.records.compactMap(\.answers)
    return PhaseTimings(
      load: try summary(track.records.map(\.load.seconds), track, "load time"),
      firstInference: try summary(track.records.map(\.firstInference), track, "first inference"),
      preprocessing: Summary(answers.flatMap(\.preprocessing.seconds)),
      decoding: Summary(answers.compactMap(\.decoding).flatMap(\.seconds)),
      postprocessing: Summary(answers.flatMap(\.postprocessing.seconds)),
      endToEnd: Summary(answers.flatMap(\.endToEnd.seconds)))
  }

  private func resources(_ track: SubjectTrack) throws(GalleyError) -> ResourceUse {
    ResourceUse(
      peakResidentBytes: track.records.compactMap(\.resources?.peakResidentBytes),
      baselineResidentBytes: track.records.map(\.load.baselineResidentBytes),
      processorUse: try summary(
        track.records.map { $0.blockSeconds > 0 ? $0.processorSeconds / $0.blockSeconds : 0 }, track, "processor use"))
  }

  private func summary(_ values: [Double], _ track: SubjectTrack, _ what: String) throws(GalleyError) -> Summary {
    guard let summary = Summary(values) else { throw empty(track, what) }
    return summary
  }

  private func empty(_ track: SubjectTrack, _ what: String) -> GalleyError {
    GalleyError(.software, "can't measure \(track.subject.name)", why: "there are no values for \(what)")
  }
}
