// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import TargetProtocol
internal import WorkerProtocol
internal import Synchronization

/// What a host may look at: the log and what is used.
extension ServedSession {
  func watchLog(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    let parameters = try request.parameters(as: WatchLogParameters.self)
    guard let level = LogLevel(rawValue: parameters.level) else {
      throw Self.bad(request, "'level' is '\(parameters.level)', not \(LogLevel.words)")
    }
    let port = port
    let number = context.log.watch(level, session: name) { line in
      port.tell(.log(level: line.level.rawValue, message: line.words), of: stream)
    }
    watch(stream) { [context] in context.log.unwatch(number) }
  }

  func watchStatistics(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    let parameters = try request.parameters(as: WatchStatisticsParameters.self)
    guard parameters.seconds >= 0.1, parameters.seconds <= 3600 else {
      throw Self.bad(request, "'seconds' is \(parameters.seconds), not 0.1 to 3600")
    }
    let task = Task.detached { [weak self] in
      while !Task.isCancelled, let self {
        if let report = statistics() { port.tell(.report(report), of: stream) }
        try? await Task.sleep(for: .seconds(parameters.seconds))
      }
    }
    watch(stream) { task.cancel() }
  }

  private func watch(_ stream: UInt32, end: @escaping @Sendable () -> Void) {
    let isOver = state.withLock { state in
      if !state.hasEnded { state.watches[stream] = end }
      return state.hasEnded
    }
    if isOver { end() }
  }

  private static func bad(_ request: RequestMessage, _ why: String) -> RequestFailure {
    RequestFailure(.badParameters, exitCode: .badData, what: "can't do '\(request.method)'", why: why)
  }

  private func statistics() -> ConfigurationValue? {
    let workers = state.withLock { $0.workers.mapValues(\.process.processID) }
    let report = StatisticsReport(
      seconds: context.counters.seconds, machine: MachineStatistics.now(), agent: AgentStatistics(context),
      workers: workers.sorted { $0.key < $1.key }.map { WorkerStatistics(number: $0.key, process: $0.value) })
    guard let bytes = try? JSONEncoder().encode(report) else { return nil }
    return try? JSONDecoder().decode(ConfigurationValue.self, from: bytes)
  }
}

extension AgentLog.Line {
  /// The line as one text: the fields behind the message.
  var words: String {
    let fields = (fields ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    return ([message] + fields).joined(separator: " ")
  }
}
