// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import TargetProtocol

/// The measuring process's end of what single inferences come and go through.
///
/// Memory is read and written through its descriptor: mapped memory that the other end shortens would end this process.
final class RunEnd {
  private let orders: CInt
  private let replies: CInt
  private let inputs: CInt
  private let outputs: CInt
  /// Short lists go through it, so that each costs one call of the system; it has room for all heads.
  private let short = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 15, alignment: 64)
  /// Bytes of the inputs that stand in it.
  private var beginning = 0

  init(_ parameters: ServeRunsParameters) throws(GalleyError) {
    orders = open(parameters.orders, O_RDONLY | O_CLOEXEC)
    replies = open(parameters.replies, O_WRONLY | O_CLOEXEC)
    inputs = open(parameters.inputs, O_RDONLY | O_CLOEXEC)
    outputs = open(parameters.outputs, O_WRONLY | O_CLOEXEC)
    guard [orders, replies, inputs, outputs].allSatisfy({ $0 >= 0 }) else { throw Self.broken() }
  }

  deinit {
    for descriptor in [orders, replies, inputs, outputs] where descriptor >= 0 { close(descriptor) }
    short.deallocate()
  }

  /// Waits for the next order; `nil` once nobody gives any.
  func next() -> RunOrder? {
    var order = RunOrder.leave
    let count = withUnsafeMutableBytes(of: &order) { bytes in
      while true {
        // So few bytes are written and read at once.
        let count = Glibc.read(orders, bytes.baseAddress, bytes.count)
        if count >= 0 || errno != EINTR { return count }
      }
    }
    return count == MemoryLayout<RunOrder>.size && order != .leave ? order : nil
  }

  /// The heads of the inputs.
  func heads(_ order: RunOrder) throws(GalleyError) -> Data {
    guard let count = Int(exactly: order.headCount), count <= TensorList.longestHeads, order.headCount <= order.total
    else { throw Self.broken() }
    beginning = 0
    let total = Int(clamping: order.total)
    let length = total <= short.count ? total : count
    try read(into: UnsafeMutableRawBufferPointer(rebasing: short[..<length]), at: 0)
    beginning = length
    return Data(UnsafeRawBufferPointer(rebasing: short[..<count]))
  }

  /// Reads bytes of the inputs into a buffer.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GalleyError) {
    if offset >= 0, offset + buffer.count <= beginning {
      return buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: short[offset..<offset + buffer.count]))
    }
    var filled = 0
    while filled < buffer.count {
      let count = pread(inputs, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.broken() }
      filled += count
    }
  }

  /// Writes bytes to the memory of the outputs, in order.
  /// - Parameter total: How many bytes all of them are together; short ones are written with the last of them.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, of total: Int) throws(GalleyError) {
    guard total <= short.count, offset >= 0, offset + bytes.count <= total else { return try put(bytes, at: offset) }
    beginning = 0
    UnsafeMutableRawBufferPointer(rebasing: short[offset..<offset + bytes.count]).copyMemory(from: bytes)
    if offset + bytes.count == total { try put(UnsafeRawBufferPointer(rebasing: short[..<total]), at: 0) }
  }

  private func put(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(GalleyError) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(outputs, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset + done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.broken() }
      done += count
    }
  }

  /// Says what became of an inference.
  /// - Returns: whether anybody hears it.
  func reply(_ reply: RunReply) -> Bool {
    withUnsafeBytes(of: reply) { bytes in
      while true {
        let count = Glibc.write(replies, bytes.baseAddress, bytes.count)
        if count >= 0 || errno != EINTR { return count == bytes.count }
      }
    }
  }

  private static func broken() -> GalleyError {
    GalleyError(.software, "can't run single inferences", why: "the memory shared with the agent: \(words(errno))")
  }

  private static func words(_ number: CInt) -> String { String(cString: strerror(number)) }
}
