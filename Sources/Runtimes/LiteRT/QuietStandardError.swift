// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Glibc
internal import Synchronization

/// Keeps one line off the standard error of the process: LiteRT announces its first use of XNNPACK there, whatever
/// severity it is told to log. Everything else that is written meanwhile is passed on afterwards.
enum QuietStandardError {
  private static let isDone = Mutex(false)
  private static let announcement = "INFO: Created TensorFlow Lite XNNPACK delegate for CPU."

  /// Runs `body`, without the announcement if it comes; it comes once in a process.
  static func announcing<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    guard !isDone.withLock({ $0 }), let file = begin() else { return try body() }
    defer { end(file) }
    return try body()
  }

  /// Points standard error to a file in memory.
  private static func begin() -> (file: CInt, original: CInt)? {
    let file = galley_memory_file()
    guard file >= 0 else { return nil }
    let original = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)
    guard original >= 0, dup2(file, STDERR_FILENO) >= 0 else {
      close(file)
      if original >= 0 { close(original) }
      return nil
    }
    return (file, original)
  }

  private static func end(_ files: (file: CInt, original: CInt)) {
    dup2(files.original, STDERR_FILENO)
    close(files.original)
    let text = contents(of: files.file)
    close(files.file)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let rest = lines.filter { $0 != announcement }
    if rest.count < lines.count { isDone.withLock { $0 = true } }
    var bytes = Array(rest.joined(separator: "\n").utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  private static func contents(of file: CInt) -> String {
    var status = stat()
    guard fstat(file, &status) == 0, status.st_size > 0 else { return "" }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
  }
}
