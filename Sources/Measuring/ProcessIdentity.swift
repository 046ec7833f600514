// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc

/// A process, told from one that later has the same number.
public struct ProcessIdentity: Sendable, Hashable, Codable {
  /// The process id.
  public var id: Int32
  /// When it began, in clock ticks since the machine started (field 22 of `/proc/ID/stat`, proc(5)).
  public var startTicks: Int
  /// The machine's present life (`/proc/sys/kernel/random/boot_id`).
  public var boot: String

  /// This process.
  public static func current() -> ProcessIdentity { of(getpid()) }

  /// The process that has this number now.
  public static func of(_ id: Int32) -> ProcessIdentity {
    ProcessIdentity(id: id, startTicks: startTicks(of: id) ?? 0, boot: bootID())
  }

  /// Whether the process still lives.
  public var isAlive: Bool { boot == Self.bootID() && Self.startTicks(of: id) == startTicks }

  private static func bootID() -> String {
    let text = (try? String(contentsOf: URL(filePath: "/proc/sys/kernel/random/boot_id"), encoding: .utf8)) ?? ""
    return String(text.prefix { !$0.isWhitespace })
  }

  /// The program's name, which may hold anything, stands in parentheses before the third field. A process that has
  /// ended and waits for its parent lives no more.
  private static func startTicks(of id: Int32) -> Int? {
    guard let text = try? String(contentsOf: URL(filePath: "/proc/\(id)/stat"), encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return Int(fields[19])
  }
}
