// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Glibc

/// What a command that runs cut off gets from the machine itself, because nobody can bring it along: the kernel's own
/// files, and the C library with its loader, which belong to each other and to the system. Everything else must be
/// carried; nothing else of `/usr`, `/opt` or `/home` is here.
public struct HostFiles: Sendable, Hashable, Codable, CustomStringConvertible {
  /// One of them.
  public struct Entry: Sendable, Hashable, Codable {
    /// How it is mounted.
    public var kind: SandboxMount.Kind
    /// Its path.
    public var path: String
    /// What it is.
    public var purpose: String
    /// It exists on this machine.
    public var exists: Bool
  }

  /// The platform they are for: `linux-x86_64`, `linux-aarch64`.
  public let platform: String
  /// The list, whether or not they exist here.
  public let entries: [Entry]

  /// The libraries that glibc is made of, by their file names; the loader's own name differs by platform.
  public static let libraryNames = [
    "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libresolv.so.2", "libutil.so.1",
    "libmvec.so.1", "libanl.so.1", "libnss_compat.so.2", "libnss_dns.so.2", "libnss_files.so.2",
  ]

  /// The list for this machine.
  /// - Parameter program: A program of this machine whose loader is asked where the C library is; by default this one.
  /// - Throws: `GalleyError`: `badData` if it is no program of this platform, `unavailable` if its loader gives no answer.
  public static func ofThisMachine(program: String = "/proc/self/exe") throws(GalleyError) -> HostFiles {
    let loader = try ProgramLoader(of: program)
    let folder = try loader.libraryFolder(of: program)
    var entries = [Entry(.readOnly, loader.path, "the loader of programs")]
    entries += libraryNames.map { Entry(.readOnly, "\(folder)/\($0)", "the C library") }
    return HostFiles(platform: loader.platform, entries: entries + kernelFiles)
  }

  private static let kernelFiles = [
    Entry(.device, "/dev/null", "the kernel's empty file"),
    Entry(.device, "/dev/urandom", "the kernel's random numbers"),
    Entry(.processes, "/proc", "the command's own processes, the processors, the memory"),
    Entry(.readOnly, "/sys/devices/system/cpu", "the processors' features, caches and frequencies"),
  ]

  /// The mounts of what exists here.
  public var mounts: [SandboxMount] {
    entries.filter(\.exists).map { entry in
      SandboxMount(entry.kind, source: entry.kind == .processes ? "" : entry.path, target: entry.path)
    }
  }

  /// Whether a path is one of them or lies in one.
  public func contains(_ path: String) -> Bool { entry(of: path) != nil }

  /// The path in the list that a path is or lies in; `nil` if it is none of them.
  public func entry(of path: String) -> String? {
    entries.first { path == $0.path || path.hasPrefix($0.path + "/") }?.path
  }

  /// The paths, as a bundle's manifest lists them.
  public var paths: [String] { entries.map(\.path) }

  /// The loader of programs; the first of the list.
  public var loader: String { entries.first?.path ?? "" }

  /// The list for people: a line for each.
  public var description: String {
    let width = entries.map(\.path.count).max() ?? 0
    return entries.map { entry in
      let gap = String(repeating: " ", count: width - entry.path.count)
      return "\(entry.path)\(gap)  \(entry.purpose)\(entry.exists ? "" : " (not on this machine)")"
    }.joined(separator: "\n")
  }
}

extension HostFiles.Entry {
  fileprivate init(_ kind: SandboxMount.Kind, _ path: String, _ purpose: String) {
    self.init(kind: kind, path: path, purpose: purpose, exists: access(path, F_OK) == 0)
  }
}
