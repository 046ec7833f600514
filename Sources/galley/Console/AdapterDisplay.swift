// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Galley
internal import Synchronization
internal import WorkerProtocol

/// Shows what an adapter is at: one moving line on a terminal, plain lines elsewhere, JSON lines with `--json`.
final class AdapterDisplay: Sendable {
  private struct State {
    var line: MovingLine
    var stage = ""
    var lastLine = ContinuousClock.now
  }

  private let console: Console
  private let state: Mutex<State>

  init(_ console: Console) {
    self.console = console
    state = Mutex(State(line: MovingLine(console)))
  }

  func show(_ event: AdapterEvent) {
    guard console.style == .text else { return console.event(AdapterEventDocument(event)) }
    switch event {
    case .failed(let id, let path, let failure): write("! \(path.isEmpty ? id : path): \(failure)\n")
    case _ where console.isQuiet: break
    case .stage(let text):
      state.withLock { state in
        state.stage = text
        move("\(text) …", &state, isNew: true)
      }
    case .items(let done, let failed, let total):
      let failures = failed > 0 ? ", \(failed) failed" : ""
      state.withLock { move("\($0.stage): \(done) of \(total) items\(failures)", &$0, isNew: done == total) }
    case .epoch(let epoch): write("  epoch \(epoch.text)\n")
    case .note(let text): write("  \(text)\n")
    }
  }

  /// A line of the worker: what its own code prints is for whoever looks for a mistake.
  func show(_ line: WorkerLogLine) {
    if console.isVerbose || line.level == .warning || line.level == .error { write("  \(line.message)\n") }
  }

  /// Ends the moving line, so that what comes next begins on its own.
  func end() { state.withLock { $0.line.end() } }

  private func write(_ text: String) { state.withLock { $0.line.write(text) } }

  private func move(_ text: String, _ state: inout State, isNew: Bool) {
    if state.line.isTerminal { return state.line.write(text, moves: true) }
    let now = ContinuousClock.now
    guard isNew || state.lastLine.duration(to: now) >= MovingLine.plainInterval else { return }
    state.lastLine = now
    state.line.write(text + "\n")
  }
}

extension AdapterEpoch {
  /// In words: `3 of 10: loss 0.41`.
  fileprivate var text: String {
    let figures = metrics.sorted { $0.key < $1.key }.map { "\($0.key) \(ProgressDisplay.short($0.value))" }
    let count = "\(finished)" + (total.map { " of \($0)" } ?? "")
    return figures.isEmpty ? count : "\(count): \(figures.joined(separator: ", "))"
  }
}

/// An event as programs read it.
private struct AdapterEventDocument: Encodable {
  var event: String
  var stage: String?
  var id: String?
  var path: String?
  var reason: String?
  var done: Int?
  var failed: Int?
  var total: Int?
  var metrics: [String: Double]?
  var message: String?

  init(_ event: AdapterEvent) {
    switch event {
    case .stage(let text):
      self.event = "stage"
      stage = text
    case .items(let done, let failed, let total):
      self.event = "items"
      (self.done, self.failed, self.total) = (done, failed, total)
    case .failed(let id, let path, let failure):
      self.event = "failed"
      (self.id, self.path, stage, reason) = (id, path, failure.stage.rawValue, failure.reason)
    case .epoch(let epoch):
      self.event = "epoch"
      (done, total, metrics) = (epoch.finished, epoch.total, epoch.metrics)
    case .note(let text):
      self.event = "note"
      message = text
    }
  }
}
