// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
internal import Glibc
package import Tensors

/// Tensors in memory that another process shares: what stands in a message in their place.
package struct TensorBlock: Sendable, Hashable, Codable {
  /// Memory that the reader opens.
  package struct Memory: Sendable, Hashable, Codable {
    /// What is opened: a descriptor of the sender under `/proc`, or a file.
    package var path: String
    /// How much of it belongs to the block.
    package var byteCount: Int

    /// Names memory.
    package init(path: String, byteCount: Int) { (self.path, self.byteCount) = (path, byteCount) }
  }

  /// Where a tensor lies in the memory.
  package struct Place: Sendable, Hashable, Codable {
    package var name: String
    package var elementType: ElementType
    package var shape: [Int]
    /// Bytes before it; a multiple of ``TensorBlock/alignment``.
    package var offset: Int

    /// Names a place.
    package init(name: String, elementType: ElementType, shape: [Int], offset: Int) {
      (self.name, self.elementType, self.shape, self.offset) = (name, elementType, shape, offset)
    }
  }

  /// What the offset of a tensor is a multiple of.
  package static let alignment = 64

  /// The next place from an offset on where a tensor may lie.
  package static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

  package var memory: Memory
  package var tensors: [Place]

  /// Names tensors in memory.
  package init(memory: Memory, tensors: [Place]) { (self.memory, self.tensors) = (memory, tensors) }

  /// Copies the tensors, in the block's order.
  ///
  /// Bytes are read rather than mapped: memory that its owner shortens meanwhile would end the process that maps it.
  /// - Throws: `GalleyError` (`badData`) if a tensor doesn't lie within the memory, or that isn't there or is smaller than
  ///   the block claims.
  package func read() throws(GalleyError) -> [(name: String, value: Tensor)] {
    guard memory.byteCount > 0 else { return try tensors.map { place throws(GalleyError) in try tensor(place, nil) } }
    // Whoever names a pipe would let a plain `open` wait for its writer.
    let descriptor = open(memory.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw refusal("\(memory.path) can't be opened: \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    try checkSize(descriptor)
    return try tensors.map { place throws(GalleyError) in try tensor(place, descriptor) }
  }

  /// Holds what the sender claims against what there is, before room is made for it.
  private func checkSize(_ descriptor: CInt) throws(GalleyError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw refusal("\(memory.path) can't be read: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("\(memory.path) is no memory and no file") }
    guard Int(status.st_size) >= memory.byteCount else {
      throw refusal("the memory has \(status.st_size) bytes, and the block claims \(memory.byteCount)")
    }
  }

  private func tensor(_ place: Place, _ descriptor: CInt?) throws(GalleyError) -> (name: String, value: Tensor) {
    do {
      let count = try Tensor.byteCount(place.elementType, place.shape)
      guard place.offset >= 0, place.offset % Self.alignment == 0, memory.byteCount >= count,
        place.offset <= memory.byteCount - count
      else { throw refusal("'\(place.name)' doesn't lie within the \(memory.byteCount) bytes of the block") }
      let bytes = try descriptor.map { try read(count, at: place.offset, from: $0) } ?? []
      return (place.name, try Tensor(elementType: place.elementType, shape: place.shape, bytes: bytes))
    } catch let error as TensorError {
      throw refusal("\(error)")
    } catch let error as GalleyError {
      throw error
    } catch {
      throw refusal("\(error)")
    }
  }

  private func read(_ count: Int, at offset: Int, from descriptor: CInt) throws(GalleyError) -> [UInt8] {
    var failure: GalleyError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let target = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<count])
        let got = pread(descriptor, target.baseAddress, target.count, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else {
          failure = refusal("the memory is shorter than the \(memory.byteCount) bytes that the block has")
          return
        }
        filled += got
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't read what the worker hands over", why: why, remedy: "Correct the worker.")
  }
}
