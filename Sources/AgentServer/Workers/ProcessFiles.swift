// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What the kernel tells of a process of this machine.
enum ProcessFiles {
  /// Resident bytes; `nil` once the process is gone.
  static func residentBytes(_ process: Int32) -> UInt64? {
    let fields = text("/proc/\(process)/statm").split(separator: " ")
    guard fields.count > 1, let pages = UInt64(fields[1]) else { return nil }
    return pages * UInt64(sysconf(CInt(_SC_PAGESIZE)))
  }

  /// Seconds of processor time; `nil` once the process is gone.
  static func processorSeconds(_ process: Int32) -> Double? {
    // The name in parentheses may hold anything.
    let fields = text("/proc/\(process)/stat").split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
    return (user + system) / Double(sysconf(CInt(_SC_CLK_TCK)))
  }

  /// Lets the kernel end this process first when memory is short.
  static func offer(_ process: Int32) {
    let descriptor = open("/proc/\(process)/oom_score_adj", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    _ = write(descriptor, "1000", 4)
  }

  /// A short file's text; empty if it can't be read.
  static func text(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    return withUnsafeTemporaryAllocation(byteCount: 8192, alignment: 8) { buffer in
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : ""
    }
  }
}
