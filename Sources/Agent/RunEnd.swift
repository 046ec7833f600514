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
  /// What came through the pipe and wasn't taken.
  private var arrived: Range<Int> = 0..<0
  private let arrivals = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 64)
  /// Lists up to its length go through it, so that each costs one call of the system; it has room for all heads.
  private let list = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 15, alignment: 64)
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
    arrivals.deallocate()
    list.deallocate()
  }

  // MARK: Inputs

  /// Waits for the next order; `nil` once nobody gives any.
  func next() -> RunOrder? {
    var order = RunOrder.leave
    let isWhole = withUnsafeMutableBytes(of: &order) { take($0) }
    guard isWhole, order != .leave else { return nil }
    beginning = 0
    guard order.isShort else { return order }
    beginning = Int(clamping: order.total)
    return take(UnsafeMutableRawBufferPointer(rebasing: list[..<beginning])) ? order : nil
  }

  /// Takes bytes that came, or waits for them.
  /// - Returns: whether they came before the end.
  private func take(_ bytes: UnsafeMutableRawBufferPointer) -> Bool {
    var filled = 0
    while filled < bytes.count {
      if arrived.isEmpty {
        let count = Glibc.read(orders, arrivals.baseAddress, arrivals.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        arrived = 0..<count
      }
      let part = arrived.prefix(bytes.count - filled)
      UnsafeMutableRawBufferPointer(rebasing: bytes[filled...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: arrivals[part]))
      filled += part.count
      arrived = part.upperBound..<arrived.upperBound
    }
    return true
  }

  /// The heads of the inputs; they stand there until outputs are written.
  func heads(_ order: RunOrder) throws(GalleyError) -> UnsafeRawBufferPointer {
    guard let count = Int(exactly: order.headCount), count <= TensorList.longestHeads, order.headCount <= order.total
    else { throw Self.broken() }
    if !order.isShort {
      let total = Int(clamping: order.total)
      let length = total <= list.count ? total : count
      try read(into: UnsafeMutableRawBufferPointer(rebasing: list[..<length]), at: 0)
      beginning = length
    }
    return UnsafeRawBufferPointer(rebasing: list[..<count])
  }

  /// Reads bytes of the inputs into a buffer.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GalleyError) {
    if offset >= 0, offset + buffer.count <= beginning {
      return buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: list[offset..<offset + buffer.count]))
    }
    var filled = 0
    while filled < buffer.count {
      let count = pread(inputs, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.broken() }
      filled += count
    }
  }

  // MARK: Outputs

  /// Where a list's bytes begin that go with their reply.
  private static let replyCount = MemoryLayout<RunReply>.size

  /// Gives bytes of the outputs, in order; ``reply(_:)`` sends them.
  /// - Parameter total: How many bytes all of them are together.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, of total: Int) throws(GalleyError) {
    beginning = 0
    guard total <= list.count - Self.replyCount, offset >= 0, offset + bytes.count <= total else {
      return try put(bytes, at: offset)
    }
    let place = Self.replyCount + offset
    UnsafeMutableRawBufferPointer(rebasing: list[place..<place + bytes.count]).copyMemory(from: bytes)
    if offset + bytes.count == total, !RunPipe.takes(UInt64(total)) {
      try put(UnsafeRawBufferPointer(rebasing: list[Self.replyCount..<Self.replyCount + total]), at: 0)
    }
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

  /// Says what became of an inference, after what it gave was written.
  /// - Returns: whether anybody hears it.
  func reply(_ reply: RunReply) -> Bool {
    list.storeBytes(of: reply, as: RunReply.self)
    let length = Self.replyCount + (reply.isShort ? Int(clamping: reply.total) : 0)
    while true {
      let count = Glibc.write(replies, list.baseAddress, length)
      if count >= 0 || errno != EINTR { return count == length }
    }
  }

  private static func broken() -> GalleyError {
    GalleyError(.software, "can't run single inferences", why: "what is shared with the agent: \(words(errno))")
  }

  private static func words(_ number: CInt) -> String { String(cString: strerror(number)) }
}
