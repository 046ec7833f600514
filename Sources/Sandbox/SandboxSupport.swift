// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Glibc

/// What this kernel allows, found by doing it.
public struct SandboxSupport: Sendable, Hashable, Codable, CustomStringConvertible {
  /// How a command would be cut off; `nil` if it can't be at all.
  public var isolation: Isolation?
  /// Why it can't be cut off, or only more weakly; `nil` if nothing is missing.
  public var obstacle: String?

  /// Starts an empty sandbox of each kind until one succeeds.
  public static func check() -> SandboxSupport {
    let command = SandboxedCommand(program: "/", mounts: [.temporary("/tmp"), .processes])
    guard let streams = try? OutputStreams(output: nil, errors: nil) else {
      return SandboxSupport(isolation: nil, obstacle: "there is no /dev/null or no descriptor left")
    }
    defer { streams.close() }
    var obstacles: [String] = []
    for separation in Separation.strongestFirst + [.seccomp] {
      switch StartedSandbox.launch(command, streams, separation, executes: false) {
      case .success(let started):
        _ = try? Supervisor(command, started, StopSignal()).supervise()
        let reason = obstacles.isEmpty ? nil : NamespaceObstacle.words(obstacles)
        return SandboxSupport(
          isolation: Isolation(started.isolation.kind, reason: separation == .seccomp ? reason : nil), obstacle: reason)
      case .failure(let failure): obstacles.append(failure.words)
      }
    }
    return SandboxSupport(isolation: nil, obstacle: NamespaceObstacle.words(obstacles))
  }

  /// In words, for people.
  public var description: String {
    switch isolation?.kind {
    case .namespaces: "commands can be run in namespaces of their own, and what they open is written down"
    case .seccompOnly: "commands can be run under seccomp only, which is weaker: \(obstacle ?? "")"
    case nil: "commands can't be run cut off: \(obstacle ?? "")"
    }
  }
}
