// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What was seen of a command, each thing once with its number.
struct Observations {
  private var opened: [String: OpenedPath] = [:]
  private var executed: [String: OpenedPath] = [:]
  private var connections: [ConnectionAttempt: Int] = [:]
  private var sockets: [SocketOpening: Int] = [:]
  var unreadable = 0

  /// What is known of a path; a path that was there and is only read need not be looked at again.
  func isKnown(_ path: String, isWriting: Bool) -> Bool {
    opened[path].map { $0.existed && ($0.isWritten || !isWriting) } ?? false
  }

  mutating func countOpened(_ path: String) { opened[path]?.count += 1 }

  mutating func open(_ named: CallReader.NamedPath, isWriting: Bool) {
    Self.note(named, isWriting, &opened)
  }

  mutating func execute(_ named: CallReader.NamedPath) { Self.note(named, false, &executed) }

  mutating func connect(_ address: SocketAddress, _ transport: String?) {
    let attempt = ConnectionAttempt(
      family: address.kind, address: address.text, port: address.port, transport: transport, count: 0)
    connections[attempt, default: 0] += 1
  }

  mutating func socket(family: CInt, type: CInt) {
    // The type carries flags in its upper bits.
    sockets[SocketOpening(family: Int(family), type: Int(type & 0xf), count: 0), default: 0] += 1
  }

  private static func note(
    _ named: CallReader.NamedPath, _ isWriting: Bool, _ list: inout [String: OpenedPath]
  ) {
    var entry = list[named.path] ?? OpenedPath(path: named.path, existed: false, count: 0)
    entry.count += 1
    entry.existed = entry.existed || named.exists
    entry.resolved = named.resolved ?? entry.resolved
    entry.isWritten = entry.isWritten || isWriting
    list[named.path] = entry
  }

  func record(exit: SandboxExit, isolation: Isolation, seconds: Double, processor: Double?, memory: Int?)
    -> SandboxRecord
  {
    let attempts = connections.map { attempt, count in
      var attempt = attempt
      attempt.count = count
      return attempt
    }.sorted { $0.description < $1.description }
    let openings = sockets.map { SocketOpening(family: $0.family, type: $0.type, count: $1) }
      .sorted { ($0.family, $0.type) < ($1.family, $1.type) }
    return SandboxRecord(
      exit: exit, isolation: isolation, opened: Self.sorted(opened), executed: Self.sorted(executed),
      connections: attempts.filter { $0.family != .unix }, localConnections: attempts.filter { $0.family == .unix },
      sockets: openings, unreadable: unreadable, seconds: seconds, processorSeconds: processor, peakMemory: memory)
  }

  private static func sorted(_ list: [String: OpenedPath]) -> [OpenedPath] {
    list.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }
}
