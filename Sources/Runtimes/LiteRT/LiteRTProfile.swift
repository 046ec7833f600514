// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Synchronization

/// The time that LiteRT's own profiler gives to each operator.
struct LiteRTProfile {
  private let model: LiteRTModel

  init(_ model: LiteRTModel) { self.model = model }

  /// One operator of one inference, as the profiler recorded it.
  struct Event: Hashable {
    let tag: String
    let kind: Int32
    let microseconds: UInt64
  }

  func timings(_ inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    guard repetitions >= 1 else {
      throw GalleyError(
        .configuration, "can't profile the model", at: model.loaded.path,
        why: "\(repetitions) repetitions were asked for",
        remedy: "Give 1 or more.")
    }
    let binding = try LiteRTRun(model, model.loaded).binding(for: inputs)
    let executable = binding.executable
    try executable.check(binding.run(), "run the model")
    let profiler = try profiler(executable)
    let api = model.loaded.library.api
    var sums: [OperatorTiming] = []
    // The profiler keeps a bounded number of events, so it is emptied after each inference.
    for _ in 0..<repetitions {
      try executable.check(api.pointee.StartProfiler(profiler), "start LiteRT's profiler")
      try executable.check(binding.run(), "run the model")
      try executable.check(api.pointee.StopProfiler(profiler), "stop LiteRT's profiler")
      try Self.add(events(profiler, executable), to: &sums, model.loaded)
    }
    return sums.map {
      OperatorTiming(
        name: $0.name, operatorType: $0.operatorType, seconds: $0.seconds / Double(repetitions), executor: $0.executor)
    }
  }

  private func profiler(_ executable: LiteRTExecutable) throws(GalleyError) -> LiteRtProfiler {
    var profiler: LiteRtProfiler?
    try executable.check(
      model.loaded.library.api.pointee.CompiledModelGetProfiler(executable.handle, &profiler), "get LiteRT's profiler")
    guard let profiler else {
      throw GalleyError(.software, "can't profile the model", at: model.loaded.path, why: "LiteRT gave no profiler")
    }
    return profiler
  }

  private func events(_ profiler: LiteRtProfiler, _ executable: LiteRTExecutable) throws(GalleyError) -> [Event] {
    let api = model.loaded.library.api.pointee
    var count: CInt = 0
    try executable.check(api.GetNumProfilerEvents(profiler, &count), "count the profiler's events")
    guard count > 0 else { return [] }
    var events = [LiteRtProfiledEvent](repeating: LiteRtProfiledEvent(), count: Int(count))
    try executable.check(api.GetProfilerEvents(profiler, count, &events), "read the profiler's events")
    let operators = [
      GALLEY_LITERT_EVENT_OPERATOR, GALLEY_LITERT_EVENT_DELEGATE_OPERATOR,
      GALLEY_LITERT_EVENT_DELEGATE_PROFILED_OPERATOR,
    ].map { Int32($0) }
    return events.filter { operators.contains($0.kind) }.map {
      Event(
        tag: $0.tag.map { String(cString: $0) } ?? "", kind: $0.kind, microseconds: $0.elapsed_microseconds)
    }
  }

  /// Adds one inference's events to the sums; each inference gives the same operators in the same order.
  private static func add(
    _ events: [Event], to sums: inout [OperatorTiming], _ model: LiteRTLoadedModel
  ) throws(GalleyError) {
    let timings = events.enumerated().map { timing($1, at: $0) }
    guard !sums.isEmpty else {
      sums = timings
      return
    }
    guard sums.map(\.operatorType) == timings.map(\.operatorType) else {
      throw GalleyError(
        .unavailable, "can't profile the model", at: model.path,
        why: "it executes other operators from one inference to the next")
    }
    for index in sums.indices { sums[index].seconds += timings[index].seconds }
  }

  private static func timing(_ event: Event, at place: Int) -> OperatorTiming {
    let isOwn = event.kind == Int32(GALLEY_LITERT_EVENT_OPERATOR)
    return OperatorTiming(
      name: "\(event.tag):\(place)", operatorType: event.tag, seconds: Double(event.microseconds) * 1e-6,
      executor: isOwn ? "builtin" : "delegate")
  }
}
