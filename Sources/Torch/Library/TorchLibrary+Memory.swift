// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

extension TorchLibrary {
  /// Lets this process keep the memory that tensors give back, for the next step to use.
  ///
  /// Otherwise the C library returns it to the system after every step, and the system clears it again, page by page, in
  /// the next: a tenth of the time of small networks' steps. The most memory that is used stays the same. Meant for
  /// programs that train; it concerns the whole process.
  public static func keepFreedMemory() { galley_keep_freed_memory() }
}
