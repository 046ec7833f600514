// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Something of this machine that a command in a sandbox can see; everything else does not exist for it.
public struct SandboxMount: Sendable, Hashable, Codable {
  /// How it is there.
  public enum Kind: String, Sendable, Codable {
    /// A file, or a folder with all that lies in it; it can't be changed.
    case readOnly
    /// A file or folder that can be changed.
    case writable
    /// A device node.
    case device
    /// An empty folder in memory, gone with the command.
    case temporary
    /// The command's own processes, as `/proc`.
    case processes
    /// A symbolic link; `source` is its text.
    case link
  }

  /// How it is there.
  public var kind: Kind
  /// Its path on this machine; empty for what is made anew.
  public var source: String
  /// Its absolute path inside.
  public var target: String
  /// Most bytes of a folder in memory; `nil`: half of the memory.
  public var byteLimit: Int?

  /// Describes a mount.
  public init(_ kind: Kind, source: String, target: String, byteLimit: Int? = nil) {
    (self.kind, self.source, self.target, self.byteLimit) = (kind, source, target, byteLimit)
  }

  /// A file or folder that can't be changed, by default at its own path.
  public static func readOnly(_ source: String, at target: String? = nil) -> SandboxMount {
    SandboxMount(.readOnly, source: source, target: target ?? source)
  }

  /// A file or folder that can be changed, by default at its own path.
  public static func writable(_ source: String, at target: String? = nil) -> SandboxMount {
    SandboxMount(.writable, source: source, target: target ?? source)
  }

  /// A device node at its own path.
  public static func device(_ path: String) -> SandboxMount { SandboxMount(.device, source: path, target: path) }

  /// An empty folder in memory.
  public static func temporary(_ target: String, byteLimit: Int? = nil) -> SandboxMount {
    SandboxMount(.temporary, source: "", target: target, byteLimit: byteLimit)
  }

  /// `/proc` with the command's own processes.
  public static let processes = SandboxMount(.processes, source: "", target: "/proc")

  /// A symbolic link.
  public static func link(_ target: String, to text: String) -> SandboxMount {
    SandboxMount(.link, source: text, target: target)
  }

  /// Whether `source` is a path of this machine.
  var isBound: Bool { kind == .readOnly || kind == .writable || kind == .device }
}
