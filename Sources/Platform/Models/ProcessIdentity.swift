// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Glibc

/// A process, told from any other that ever had or will have its number: by when it was started, and in which life of
/// which machine.
public struct ProcessIdentity: Sendable, Hashable, Codable {
  /// The process's number.
  public let number: Int32
  /// When it was started, in the kernel's ticks since the machine was started.
  public let start: UInt64
  /// The machine's name.
  public let host: String
  /// The kernel's id of this life of the machine.
  public let boot: String

  /// This process.
  public static let current = ProcessIdentity(number: getpid())

  /// The process that has a number now; its start is 0 if there is none.
  public init(number: Int32) {
    self.number = number
    start = Self.start(of: number) ?? 0
    host = Self.host
    boot = Self.boot
  }

  /// Whether it runs; `nil` if nobody here can know, since it ran on another machine.
  public var isAlive: Bool? {
    guard host == Self.host else { return nil }
    return boot == Self.boot && start != 0 && Self.start(of: number) == start
  }

  private static let boot = kernel("random/boot_id")
  private static let host = kernel("hostname")

  private static func kernel(_ name: String) -> String {
    (try? String(contentsOfFile: "/proc/sys/kernel/\(name)", encoding: .utf8))?
      .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
  }

  /// Field 22 of `/proc/PID/stat` (proc(5)); the name in field 2 may hold spaces and brackets. A process that has ended
  /// and waits for its parent to notice (state Z) is dead.
  private static func start(of number: Int32) -> UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8),
      let bracket = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: bracket)...].split(separator: " ")
    guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
    return UInt64(fields[19])
  }
}
