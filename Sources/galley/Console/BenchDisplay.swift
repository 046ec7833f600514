// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Bench
internal import Glibc
internal import Synchronization

/// Shows a bench's events: one moving line on a terminal, plain lines elsewhere, JSON lines with `--json`.
final class BenchDisplay: Sendable {
  private struct State {
    var lineIsOpen = false
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
  private let isTerminal: Bool
  private let state = Mutex(State())

  init(_ console: Console) {
    self.console = console
    isTerminal = isatty(STDERR_FILENO) != 0 && console.style == .text
  }

  func show(_ event: BenchEvent) {
    switch event {
    case .started(let text): write("\(text) …\n", EventDocument(event: "started", message: text))
    case .warning(let text): write("! \(text)\n", EventDocument(event: "warning", message: text))
    case .progress(let completed, let total, let message):
      let document = EventDocument(event: "progress", message: message, completed: completed, total: total)
      let share = total > 0 ? completed * 100 / total : 0
      if isTerminal {
        write("  \(share) % \(message)", document, keepsLine: true)
      } else if isDue || console.style == .json {
        write("  \(share) % \(message)\n", document)
      }
    }
  }

  /// Ends the moving line.
  func end() {
    state.withLock { state in
      if state.lineIsOpen { Console.writeError("\r\u{1B}[K") }
      state.lineIsOpen = false
    }
  }

  /// Whether five seconds have passed since the last plain line.
  private var isDue: Bool {
    state.withLock { state in
      guard state.lastLine.duration(to: .now) >= .seconds(5) else { return false }
      state.lastLine = .now
      return true
    }
  }

  private func write(_ text: String, _ document: EventDocument, keepsLine: Bool = false) {
    guard console.style == .text else { return console.event(document) }
    guard !console.isQuiet else { return }
    state.withLock { state in
      Console.writeError((state.lineIsOpen ? "\r\u{1B}[K" : "") + text)
      state.lineIsOpen = keepsLine
    }
  }
}
