// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a command was cut off.
public struct Isolation: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The ways, the strong one first.
  public enum Kind: String, Sendable, Codable {
    /// Linux namespaces: a network without interfaces, a root folder of nothing but the mounts, processes of its own.
    case namespaces
    /// Calls are judged one by one as they are made: connections and paths that are not allowed are refused. Weaker: a
    /// program that changes a path while it is being judged gets past, and only the opening of files is judged.
    case seccompOnly
  }

  /// The way.
  public var kind: Kind
  /// Why it was not a stronger one; `nil` if it was the strongest.
  public var reason: String?

  /// Names a way.
  public init(_ kind: Kind, reason: String? = nil) { (self.kind, self.reason) = (kind, reason) }

  public var description: String {
    switch kind {
    case .namespaces: reason.map { "namespaces (\($0))" } ?? "namespaces"
    case .seccompOnly: "seccomp only (weaker: \(reason ?? "it was asked for"))"
    }
  }
}
