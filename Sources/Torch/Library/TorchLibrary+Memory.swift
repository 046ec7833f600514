// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

extension TorchLibrary {
  /// Lets this process keep the memory that tensors give back, for the next step to use.
  ///
  /// Otherwise the C library returns it to the system after every step, and the system clears it again, page by page, in
  /// the next: a tenth of the time of small networks' steps. The most memory that is used stays the same. Meant for
  /// programs that train; it concerns the whole process.
  public static func keepFreedMemory() {
    // Older C libraries accept at most 32 MB as the size from which memory is taken from the system directly.
    if mallopt(M_MMAP_THRESHOLD, 1 << 30) == 0 { _ = mallopt(M_MMAP_THRESHOLD, 32 << 20) }
    _ = mallopt(M_TRIM_THRESHOLD, Int32.max)
  }
}
