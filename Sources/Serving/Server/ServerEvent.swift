// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a server tells whoever runs it.
public enum ServerEvent: Sendable {
  /// A request was answered. The path comes without its query.
  case answered(id: String, method: String, path: String, status: Int, seconds: Double, reason: String?)
  /// An answer was begun, and broke off: the caller went away, or what was to be sent couldn't be read.
  case brokenOff(
    id: String, method: String, path: String, status: Int, seconds: Double, reason: String, isCallers: Bool)
  /// It can take no more connections, and ends for that.
  case failed(reason: String)
  /// It ends: it takes no more connections, and finishes what it has begun.
  case ending(requests: Int, jobs: Int)
  /// What hasn't ended within the time of grace is left where it stands.
  case abandoned(requests: Int, jobs: Int)
}
