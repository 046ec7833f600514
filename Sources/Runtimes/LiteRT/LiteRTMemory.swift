// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// Zeroed memory for one tensor, aligned as LiteRT asks, and readable some bytes beyond the tensor.
struct LiteRTMemory {
  let raw: UnsafeMutableRawBufferPointer
  private let isMapped: Bool

  /// What lies behind a tensor that may grow while the model runs: addresses that cost nothing until they are used.
  private static let room = 1 << 30

  /// - Parameter mayGrow: whether LiteRT may write beyond `byteCount` bytes.
  init(_ byteCount: Int, of name: String, mayGrow: Bool) throws(GalleyError) {
    isMapped = mayGrow
    guard mayGrow else {
      raw = .allocate(byteCount: byteCount + LiteRTFileBytes.slack, alignment: LiteRTFileBytes.alignment)
      raw.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let start = mmap(nil, byteCount + Self.room, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let start, start != MAP_FAILED else {
      throw GalleyError(.tryAgain, "can't allocate '\(name)'", why: String(cString: strerror(errno)))
    }
    raw = UnsafeMutableRawBufferPointer(start: start, count: byteCount + Self.room)
  }

  /// Gives the memory back.
  func free() {
    if isMapped { munmap(raw.baseAddress, raw.count) } else { raw.deallocate() }
  }
}
