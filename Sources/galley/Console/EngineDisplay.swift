// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization

/// Shows an engine's events: one moving line on a terminal, plain lines elsewhere, JSON lines with `--json`.
final class EngineDisplay: Sendable {
  private struct State {
    var line: MovingLine
    var started = ContinuousClock.now
    var lastLine = ContinuousClock.now
    var unit = ""
    var total: Int?
    var items = 0
    var failed = 0
  }

  private let console: Console
  private let state: Mutex<State>

  init(_ console: Console) {
    self.console = console
    state = Mutex(State(line: MovingLine(console)))
  }

  func show(_ event: EngineEvent) {
    guard console.style == .text else { return console.event(event) }
    state.withLock { state in
      switch event {
      case .started(let verb, let total, let unit):
        (state.started, state.unit, state.total) = (.now, unit, total)
        say("\(verb.rawValue): \(total.map { "\($0) \(unit)" } ?? unit)", &state)
      case .step(let report):
        let words = "step \(report.step) of \(report.total) · loss \(ProgressDisplay.short(report.loss))"
        move(words + rest(report.step, report.total, state), &state)
      case .epoch(let report): say(Self.words(report), &state)
      case .metric(let name, let value, _):
        if console.isVerbose { say("\(name) \(ProgressDisplay.short(value))", &state) }
      case .checkpoint(let report): if console.isVerbose { say("checkpoint \(report.path)", &state) }
      case .item(let result): count(result, &state)
      case .warning(let text): state.line.write("! \(text)\n")
      case .finished: break
      }
    }
  }

  /// Ends the moving line.
  func end() {
    state.withLock { $0.line.end() }
  }

  private static func words(_ report: EpochReport) -> String {
    var words = ["epoch \(report.epoch)", "training loss \(ProgressDisplay.short(report.trainingLoss))"]
    if let loss = report.validationLoss { words.append("validation loss \(ProgressDisplay.short(loss))") }
    words += report.metrics.sorted { $0.key < $1.key }.prefix(3).map { "\($0.key) \(ProgressDisplay.short($0.value))" }
    words.append(ProgressDisplay.time(report.seconds))
    return words.joined(separator: " · ") + (report.isBest ? " · best" : "")
  }

  private func count(_ result: ItemResult, _ state: inout State) {
    state.items += 1
    if case .failed(let stage, let reason) = result.outcome {
      state.failed += 1
      // The first ones by name; after that the number says enough, and the file names them all.
      if state.failed <= 5 { state.line.write("! \(result.id): \(stage.rawValue) failed: \(reason)\n") }
    }
    let total = state.total.map { " of \($0)" } ?? ""
    move("item \(state.items)\(total)\(rest(state.items, state.total ?? 0, state))", &state)
  }

  private func rest(_ done: Int, _ total: Int, _ state: State) -> String {
    guard done > 0, total > done else { return "" }
    let elapsed = state.started.duration(to: .now) / .seconds(1)
    return " · \(ProgressDisplay.time(elapsed / Double(done) * Double(total - done))) left"
  }

  private func say(_ text: String, _ state: inout State) {
    guard !console.isQuiet else { return }
    state.line.write(text + "\n")
  }

  /// A line that the next one replaces; every five seconds a plain one where nothing moves.
  private func move(_ text: String, _ state: inout State) {
    guard !console.isQuiet else { return }
    if state.line.isTerminal {
      state.line.write(text, moves: true)
    } else if state.lastLine.duration(to: .now) >= MovingLine.plainInterval {
      state.lastLine = .now
      state.line.write("  \(text)\n")
    }
  }
}
