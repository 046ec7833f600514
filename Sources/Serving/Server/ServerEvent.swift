// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a server tells whoever runs it.
public enum ServerEvent: Sendable {
  /// A request was answered. The path comes without its query.
  case answered(id: String, method: String, path: String, status: Int, seconds: Double, reason: String?)
  /// It ends: it takes no more connections, and finishes what it has begun.
  case ending(requests: Int, jobs: Int)
}
