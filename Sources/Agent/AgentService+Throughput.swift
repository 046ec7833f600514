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
    _ parameters: ThroughputParameters, _ checkCancellation: @escaping @Sendable () throws -> Void = {}
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
    let repetitions = count == 1 ? try Self.repetitions(of: sessions[0]) : 1
    let bounds = ScenarioBounds(
      minimumSamples: 1, minimumSeconds: min(max(parameters.seconds, 0), 3600))
    let scenario = OfflineScenario(bounds: bounds, batch: model.batch * repetitions)
    var record = try scenario.run(
      sessions.map { session in
        OfflineScenario.Session<any Error>(
          start: {
            try checkCancellation()
            for _ in 1..<max(repetitions, 1) { try session.run() }
            try session.start()
          }, wait: { try session.wait() })
      })
    record.batch = model.batch
    record.threads = parameters.threads
    return record
  }

  /// How many inferences of a lone session are counted together, so that counting is no part of what short ones take.
  private static func repetitions(of session: any InferenceSession) throws -> Int {
    let (_, nanoseconds) = try TimedLoop.once { for _ in 0..<3 { try session.run() } }
    return Int(min(max(600_000 / max(nanoseconds, 1), 1), 1000))
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
