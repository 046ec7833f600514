// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
package import Galley
internal import Glibc

/// Memory that a worker maps by its path. It has no name in any folder: nothing is left when either end is killed. Nobody
/// can shorten it, which would end whoever has mapped it.
package final class SharedMemory {
  private let descriptor: CInt
  private var base: UnsafeMutableRawPointer?
  /// Bytes that there are.
  package private(set) var byteCount = 0

  /// Makes memory of no bytes yet.
  /// - Throws: `GalleyError` if the system has no more descriptors.
  package init() throws(GalleyError) {
    descriptor = galley_growing_memory_file()
    guard descriptor >= 0 else { throw Self.refusal(errno) }
  }

  deinit {
    if let base { munmap(base, byteCount) }
    close(descriptor)
  }

  /// What another process of the same user opens.
  package var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

  /// Makes room. It only grows: whoever has mapped the former size may keep that.
  /// - Throws: `GalleyError` if there is no memory.
  package func reserve(_ count: Int) throws(GalleyError) {
    guard count > byteCount else { return }
    let pages = (count + 0xFFFF) & ~0xFFFF
    // Pages are taken now: a page that can't be had later would be a signal instead of an error.
    var number = posix_fallocate(descriptor, 0, pages)
    while number == EINTR { number = posix_fallocate(descriptor, 0, pages) }
    guard number == 0 else { throw Self.refusal(number) }
    if let base { munmap(base, byteCount) }
    (base, byteCount) = (nil, 0)
    let mapped = mmap(nil, pages, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
    guard let mapped, mapped != MAP_FAILED else { throw Self.refusal(errno) }
    (base, byteCount) = (mapped, pages)
  }

  /// The bytes that were reserved, to be written in place; valid until more are.
  package var bytes: UnsafeMutableRawBufferPointer { UnsafeMutableRawBufferPointer(start: base, count: byteCount) }

  /// Copies bytes to a place that was reserved.
  package func write(_ bytes: [UInt8], at offset: Int) {
    guard let base, offset >= 0, bytes.count <= byteCount - offset else { return }
    bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      memcpy(base + offset, start, source.count)
    }
  }

  private static func refusal(_ number: CInt) -> GalleyError {
    GalleyError(
      .tryAgain, "can't share memory with the worker", why: String(cString: strerror(number)),
      remedy: "Free memory, make the batch smaller, or raise the limit of open files (ulimit -n).")
  }
}
