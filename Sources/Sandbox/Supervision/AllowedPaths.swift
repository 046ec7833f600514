// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// Which paths a command may open where no namespace hides the others.
struct AllowedPaths: Sendable {
  private let readable: [String]
  private let writable: [String]

  /// What the mounts of a command allow.
  init(_ mounts: [SandboxMount]) {
    readable = mounts.map(\.target) + mounts.filter(\.isBound).map(\.source)
    let changeable = mounts.filter { [.writable, .temporary, .device].contains($0.kind) }
    writable = changeable.map(\.target) + changeable.filter(\.isBound).map(\.source)
  }

  /// The error number that an attempt gets; zero if it may go on.
  /// - Parameter path: Where it leads, every link followed.
  func refusal(_ path: String, isWriting: Bool) -> CInt {
    guard Self.lies(path, in: readable) else { return EACCES }
    // What is mounted later, deeper in a writable folder, may be read-only.
    return isWriting && !Self.lies(path, in: writable) ? EROFS : 0
  }

  private static func lies(_ path: String, in folders: [String]) -> Bool {
    folders.contains { path == $0 || $0 == "/" || path.hasPrefix($0 + "/") }
  }

  /// The command, if all its mounts can be had without mounting: everything lies where it should appear.
  /// - Throws: `GalleyError` (`unavailable`).
  static func identical(_ command: SandboxedCommand, _ reason: String) throws(GalleyError) -> SandboxedCommand {
    for mount in command.mounts {
      let isThere =
        switch mount.kind {
        case .readOnly, .writable, .device: (try? SandboxedCommand.real(mount.target)) == mount.source
        case .temporary: access(mount.target, W_OK) == 0
        case .processes: mount.target == "/proc"
        case .link: (try? SandboxedCommand.real(mount.target)) != nil
        }
      guard isThere else {
        throw GalleyError(
          .unavailable, "can't run a command cut off", at: mount.target,
          why: "what should appear there lies elsewhere or nowhere, and this kernel allows no namespaces: \(reason)",
          remedy: "Allow user namespaces, or put the file there.")
      }
    }
    return command
  }
}
