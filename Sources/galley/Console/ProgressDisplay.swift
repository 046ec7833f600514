// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Scenarios
internal import Synchronization

/// Shows a run's events: one moving line on a terminal, plain lines elsewhere, JSON lines with `--json`.
final class ProgressDisplay: Sendable {
  private struct State {
    /// The stages that run, with when they began and when a plain line last spoke of them.
    var stages: [String: (started: ContinuousClock.Instant, lastLine: ContinuousClock.Instant)] = [:]
    var line: MovingLine
  }

  private let console: Console
  private let state: Mutex<State>

  /// The figures that a person wants to watch; JSON events carry all.
  private static let shown = [("loss", "loss"), ("validationAccuracy", "validation accuracy")]

  init(_ console: Console) {
    self.console = console
    state = Mutex(State(line: MovingLine(console)))
  }

  func show(_ event: RunEvent) {
    guard console.style == .text else { return console.event(event) }
    guard !console.isQuiet || event.isWarning else { return }
    state.withLock { state in
      switch event {
      case .planned(let plan):
        state.line.write("\(plan.summary)\n")
      case .fetching(let artifact):
        let size = artifact.byteCount.map { " (\($0) bytes)" } ?? ""
        begin("fetch \(artifact.name)\(size) …", &state)
      case .fetched(let artifact):
        state.line.write("✓ fetch \(artifact.name)\n")
      case .started(let stage):
        state.stages[stage] = (.now, .now)
        begin("\(stage) …", &state)
      case .reused(let stage, let seconds):
        state.line.write("✓ \(stage): already done, \(Self.time(seconds)) saved\n")
      case .progress(let stage, let progress):
        showProgress(progress, of: stage, &state)
      case .finished(let stage, let seconds):
        state.stages[stage] = nil
        state.line.write("✓ \(stage): \(Self.time(seconds))\n")
      case .warning(let text):
        state.line.write("! \(text)\n")
      }
    }
  }

  /// Ends the moving line, so that what comes next begins on its own.
  func end() {
    state.withLock { $0.line.end() }
  }

  private func showProgress(_ progress: RunEvent.Progress, of stage: String, _ state: inout State) {
    let now = ContinuousClock.now
    let (started, lastLine) = state.stages[stage] ?? (now, now)
    let rest = remaining(progress, started.duration(to: now))
    if state.line.isTerminal {
      let others = state.stages.count > 1 ? " (+\(state.stages.count - 1) more)" : ""
      state.line.write("\(stage) \(Self.bar(progress)) \(rest)\(others)", moves: true)
    } else if lastLine.duration(to: now) >= MovingLine.plainInterval || console.isVerbose {
      state.stages[stage] = (started, now)
      state.line.write("  \(stage): \(Self.count(progress))\(rest)\n")
    }
  }

  /// A line that what it announces will replace.
  private func begin(_ text: String, _ state: inout State) {
    state.line.write(state.line.isTerminal ? text : text + "\n", moves: state.line.isTerminal)
  }

  private func remaining(_ progress: RunEvent.Progress, _ elapsed: Duration) -> String {
    var words = Self.shown.compactMap { key, name in progress.metrics[key].map { "\(name) \(Self.short($0))" } }
    if let total = progress.total, progress.completed > 0, total > progress.completed {
      let left = elapsed / .seconds(1) / Double(progress.completed) * Double(total - progress.completed)
      words.append("\(Self.time(left)) left")
    }
    return words.isEmpty ? "" : " · " + words.joined(separator: " · ")
  }

  private static func count(_ progress: RunEvent.Progress) -> String {
    let total = progress.total.map { " of \($0)" } ?? ""
    return "\(progress.unit) \(progress.completed)\(total)"
  }

  private static func bar(_ progress: RunEvent.Progress) -> String {
    guard let total = progress.total, total > 0 else { return count(progress) }
    let width = 20
    let filled = min(width, max(0, progress.completed * width / total))
    return "[" + String(repeating: "━", count: filled) + String(repeating: " ", count: width - filled) + "] "
      + count(progress)
  }

  /// Three significant digits.
  static func short(_ value: Double) -> String {
    let magnitude = abs(value)
    let decimals = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : magnitude >= 0.1 ? 3 : 4
    var scale = 1.0
    for _ in 0..<decimals { scale *= 10 }
    guard value.isFinite, magnitude < 1e15 else { return "\(value)" }
    let digits = "\((value * scale).rounded() / scale)"
    return digits.hasSuffix(".0") ? String(digits.dropLast(2)) : digits
  }

  /// A duration in words: `0.4 s`, `12 s`, `3 min 5 s`.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "unknown time" }
    if seconds < 10 { return "\(short((seconds * 10).rounded() / 10)) s" }
    let whole = Int(seconds.rounded())
    return whole < 60 ? "\(whole) s" : "\(whole / 60) min \(whole % 60) s"
  }
}

extension RunEvent {
  fileprivate var isWarning: Bool {
    if case .warning = self { true } else { false }
  }
}
