// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
package import Galley
internal import Glibc
internal import Synchronization

/// The agent's log: a line of JSON for each thing that happened, on a descriptor, and to the hosts that watch.
package final class AgentLog: Sendable {
  /// A line.
  struct Line: Sendable, Hashable, Codable {
    /// Seconds since 1970.
    var time: Double
    var level: LogLevel
    var message: String
    /// The session that the line is about; `nil` for lines about the agent.
    var session: String?
    /// What else is known, by name.
    var fields: [String: ConfigurationValue]?
  }

  private struct Watcher: Sendable {
    var level: LogLevel
    var session: String
    var take: @Sendable (Line) -> Void
  }

  private struct State {
    var watchers: [UInt64: Watcher] = [:]
    var lastWatcher: UInt64 = 0
    var counts: [LogLevel: Int] = [:]
  }

  private let level: LogLevel
  private let descriptor: CInt
  private let state = Mutex(State())

  /// - Parameter descriptor: Where lines are written; it is not closed. A negative one takes none.
  package init(level: LogLevel, descriptor: CInt = STDERR_FILENO) {
    (self.level, self.descriptor) = (level, descriptor)
  }

  /// How many lines there were of each level, written or not.
  var counts: [LogLevel: Int] { state.withLock { $0.counts } }

  func log(
    _ level: LogLevel, _ message: String, session: String? = nil, _ fields: [String: ConfigurationValue] = [:]
  ) {
    let watchers = state.withLock { state in
      state.counts[level, default: 0] += 1
      return state.watchers.values.filter { watcher in
        watcher.level <= level && (session == nil || session == watcher.session)
      }
    }
    guard level >= self.level || !watchers.isEmpty else { return }
    let line = Line(
      time: Self.now(), level: level, message: message, session: session, fields: fields.isEmpty ? nil : fields)
    if level >= self.level { write(line) }
    for watcher in watchers { watcher.take(line) }
  }

  /// Hands over the lines from now on that are about one session or about the agent: what other hosts do is not for it.
  /// - Returns: the number by which it is ended.
  func watch(_ level: LogLevel, session: String, _ take: @escaping @Sendable (Line) -> Void) -> UInt64 {
    state.withLock { state in
      state.lastWatcher += 1
      state.watchers[state.lastWatcher] = Watcher(level: level, session: session, take: take)
      return state.lastWatcher
    }
  }

  func unwatch(_ number: UInt64) { state.withLock { $0.watchers[number] = nil } }

  private func write(_ line: Line) {
    guard descriptor >= 0 else { return }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard var bytes = try? encoder.encode(line) else { return }
    bytes.append(UInt8(ascii: "\n"))
    // One write for a line, so that lines of several threads don't mix; one that can't be written is lost.
    bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
  }

  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec / 1_000_000) / 1000
  }
}
