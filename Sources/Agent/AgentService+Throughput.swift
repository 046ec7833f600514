// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Measuring
public import TargetProtocol
internal import Tensors

extension AgentService {
  /// Most inferences in flight at once.
  public static let mostSessions = 256

  /// Keeps as many inferences in flight as the runtime likes, and counts those that are finished: MLPerf's offline
  /// scenario, bounded by time.
  /// - Throws: `GalleyError` if no model is loaded or the runtime fails; what `checkCancellation` throws.
  public func throughput(
    _ parameters: ThroughputParameters, _ checkCancellation: @Sendable () throws -> Void = {}
  ) throws -> ThroughputRecord {
    let (source, model) = (try requireSource(), try requireModel())
    let count = min(max(parameters.sessions ?? model.compiled.preferredSessions, 1), Self.mostSessions)
    let feed = try InputFeed(source, model)
    let sessions = try (0..<count).map { number in
      let session = try model.compiled.makeSession(inputShapes: model.inputShapes)
      try feed.fill(session, with: (0..<model.batch).map { (number * model.batch + $0) % max(source.count, 1) })
      return session
    }
    // The first inference of a session allocates.
    for session in sessions { try session.run() }
    let (inferences, elapsed) = try Self.race(
      sessions, seconds: min(max(parameters.seconds, 0), 3600), checkCancellation)
    let rate = Double(inferences * model.batch) / elapsed
    return ThroughputRecord(
      samplesPerSecond: rate, samples: inferences * model.batch, seconds: elapsed, batch: model.batch, sessions: count,
      threads: parameters.threads, windowSeconds: elapsed, windowRates: [rate], interval: nil, isComplete: true,
      marks: [])
  }

  /// Lets each session begin again as soon as its turn comes and its inference is finished.
  private static func race(
    _ sessions: [any InferenceSession], seconds: Double, _ checkCancellation: () throws -> Void
  ) throws -> (inferences: Int, seconds: Double) {
    let limit = UInt64(seconds * 1e9)
    var inferences = 0
    let start = MonotonicClock.nanoseconds
    for session in sessions { try session.start() }
    while MonotonicClock.nanoseconds &- start < limit {
      try checkCancellation()
      for session in sessions {
        try session.wait()
        inferences += 1
        try session.start()
      }
    }
    for session in sessions {
      try session.wait()
      inferences += 1
    }
    return (inferences, Double(max(MonotonicClock.nanoseconds &- start, 1)) * 1e-9)
  }

  /// Lets the runtime time the loaded model's operators on the first sample.
  /// - Throws: `GalleyError` if no model or no samples are loaded, or the runtime can't profile.
  public func profile(_ parameters: ProfileParameters) throws -> ProfileResult {
    let model = try requireModel()
    guard case .samples(let samples) = try requireSource() else {
      throw GalleyError(.software, "can't profile", why: "no samples were opened")
    }
    let inputs = try samples.inputs(of: model.compiled, at: model.file.path).map { input in
      ModelValue.tensor(try input.values.rows(0..<1).reshaped(Array(input.values.shape.dropFirst())))
    }
    let repetitions = min(max(parameters.repetitions, 1), 100_000)
    return ProfileResult(timings: try model.runtime.profile(model.file, inputs: inputs, repetitions: repetitions))
  }
}
