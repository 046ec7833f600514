// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import TargetProtocol

/// The measuring process's end of what single inferences come and go through.
///
/// The memory of the inputs is mapped: the agent takes its pages before it speaks of them, and never shortens it.
final class RunEnd {
  private let orders: CInt
  private let replies: CInt
  private let inputs: CInt
  private let outputs: CInt
  /// What came through the pipe and wasn't taken.
  private var arrived: Range<Int> = 0..<0
  private let arrivals = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 12, alignment: 64)
  /// Short lists stand in it, and outputs up to its length, so that they cost one call of the system.
  private let list = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 15, alignment: 64)
  /// The memory of the inputs, as far as it went when a list last needed more of it.
  private var mapping = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The list of the inputs.
  private var given = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ parameters: ServeRunsParameters) throws(GalleyError) {
    orders = open(parameters.orders, O_RDONLY | O_CLOEXEC)
    replies = open(parameters.replies, O_WRONLY | O_CLOEXEC)
    inputs = open(parameters.inputs, O_RDONLY | O_CLOEXEC)
    outputs = open(parameters.outputs, O_WRONLY | O_CLOEXEC)
    guard [orders, replies, inputs, outputs].allSatisfy({ $0 >= 0 }) else { throw Self.broken() }
  }

  deinit {
    for descriptor in [orders, replies, inputs, outputs] where descriptor >= 0 { close(descriptor) }
    unmap()
    arrivals.deallocate()
    list.deallocate()
  }

  // MARK: Inputs

  /// Waits for the next order; `nil` once nobody gives any.
  func next() -> RunOrder? {
    var order = RunOrder.leave
    let isWhole = withUnsafeMutableBytes(of: &order) { take($0) }
    guard isWhole, order != .leave else { return nil }
    guard order.isShort else { return order }
    let bytes = UnsafeMutableRawBufferPointer(rebasing: list[..<Int(clamping: order.total)])
    given = UnsafeRawBufferPointer(bytes)
    return take(bytes) ? order : nil
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
    else { throw Self.broken(EINVAL) }
    if !order.isShort { given = try mapped(Int(clamping: order.total)) }
    return UnsafeRawBufferPointer(rebasing: given[..<count])
  }

  /// Reads bytes of the inputs into a buffer.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GalleyError) {
    guard offset >= 0, buffer.count <= given.count - offset else { throw Self.broken(EINVAL) }
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: given[offset..<offset + buffer.count]))
  }

  /// The first bytes of the memory of the inputs.
  private func mapped(_ count: Int) throws(GalleyError) -> UnsafeRawBufferPointer {
    if count > mapping.count {
      var status = stat()
      guard fstat(inputs, &status) == 0 else { throw Self.broken() }
      let length = Int(status.st_size)
      guard count <= length else { throw Self.broken(EINVAL) }
      unmap()
      let start = mmap(nil, length, PROT_READ, MAP_SHARED, inputs, 0)
      guard let start, start != MAP_FAILED else { throw Self.broken() }
      mapping = UnsafeRawBufferPointer(start: start, count: length)
    }
    return UnsafeRawBufferPointer(rebasing: mapping[..<count])
  }

  private func unmap() {
    if let start = mapping.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), mapping.count) }
    mapping = UnsafeRawBufferPointer(start: nil, count: 0)
  }

  // MARK: Outputs

  /// Where a list's bytes begin that go with their reply.
  private static let replyCount = MemoryLayout<RunReply>.size

  /// Gives bytes of the outputs, in order; ``reply(_:)`` sends them.
  /// - Parameter total: How many bytes all of them are together.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int, of total: Int) throws(GalleyError) {
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

  private static func broken(_ number: CInt = errno) -> GalleyError {
    GalleyError(.software, "can't run single inferences", why: "what is shared with the agent: \(words(number))")
  }

  private static func words(_ number: CInt) -> String { String(cString: strerror(number)) }
}
