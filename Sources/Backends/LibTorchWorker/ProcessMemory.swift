// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// The memory of this process.
enum ProcessMemory {
  /// The most that was resident so far, in bytes; `nil` where the system doesn't say.
  static func peak() -> Int? {
    guard let data = FileManager.default.contents(atPath: "/proc/self/status") else { return nil }
    let line = String(decoding: data, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    // "VmHWM:     12345 kB"; the kernel's kB are KiB.
    let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
    return number.map { $0 * 1024 }
  }
}
