// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bench
internal import Synchronization

/// Shows a bench's events: one moving line on a terminal, plain lines elsewhere, JSON lines with `--json`.
final class BenchDisplay: Sendable {
  private struct State {
    var line: MovingLine
    var lastLine = ContinuousClock.now
  }

  /// An event as programs read it.
  private struct EventDocument: Encodable {
    var event: String
    var message: String
    var completed: Int?
    var total: Int?
  }

  private let console: Console
  private let state: Mutex<State>

  init(_ console: Console) {
    self.console = console
    state = Mutex(State(line: MovingLine(console)))
  }

  func show(_ event: BenchEvent) {
    switch event {
    case .started(let text): write("\(text) …\n", EventDocument(event: "started", message: text))
    case .warning(let text): write("! \(text)\n", EventDocument(event: "warning", message: text))
    case .progress(let completed, let total, let message):
      let document = EventDocument(event: "progress", message: message, completed: completed, total: total)
      let share = total > 0 ? completed * 100 / total : 0
      if state.withLock({ $0.line.isTerminal }) {
        write("  \(share) % \(message)", document, moves: true)
      } else if isDue || console.style == .json {
        write("  \(share) % \(message)\n", document)
      }
    }
  }

  /// Ends the moving line.
  func end() {
    state.withLock { $0.line.end() }
  }

  /// Whether enough time has passed since the last plain line.
  private var isDue: Bool {
    state.withLock { state in
      guard state.lastLine.duration(to: .now) >= MovingLine.plainInterval else { return false }
      state.lastLine = .now
      return true
    }
  }

  private func write(_ text: String, _ document: EventDocument, moves: Bool = false) {
    guard console.style == .text else { return console.event(document) }
    guard !console.isQuiet else { return }
    state.withLock { $0.line.write(text, moves: moves) }
  }
}
