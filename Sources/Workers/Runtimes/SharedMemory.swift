// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// Memory that another process can open by its path, and of which nothing is left when this process ends.
final class SharedMemory {
  /// The bytes, to be written in place.
  let bytes: UnsafeMutableRawBufferPointer
  /// What another process opens.
  let path: String
  private let descriptor: CInt

  /// Makes memory of so many bytes, all zero.
  /// - Throws: `GalleyError` (`tryAgain`) if the system has none left.
  init(byteCount: Int) throws(GalleyError) {
    let count = max(1, byteCount)
    let descriptor = Self.memoryFile()
    guard descriptor >= 0 else { throw Self.refusal() }
    guard ftruncate(descriptor, off_t(count)) == 0,
      let address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), address != MAP_FAILED
    else {
      let error = Self.refusal()
      close(descriptor)
      throw error
    }
    bytes = UnsafeMutableRawBufferPointer(start: address, count: count)
    path = "/proc/\(getpid())/fd/\(descriptor)"
    self.descriptor = descriptor
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    close(descriptor)
  }

  /// A file that is nothing but memory. The C library has had the function since 2018; Swift doesn't see it.
  private static func memoryFile() -> CInt {
    typealias MemoryFileCreation = @convention(c) (UnsafePointer<CChar>, CUnsignedInt) -> CInt
    guard let symbol = dlsym(nil, "memfd_create") else {
      errno = ENOSYS
      return -1
    }
    let closesOnExecution: CUnsignedInt = 1  // MFD_CLOEXEC in <linux/memfd.h>
    return unsafeBitCast(symbol, to: MemoryFileCreation.self)("galley-block", closesOnExecution)
  }

  private static func refusal() -> GalleyError {
    GalleyError(.tryAgain, "can't share memory with the worker", why: String(cString: strerror(errno)))
  }
}
