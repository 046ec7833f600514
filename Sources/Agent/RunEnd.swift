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

  init(_ parameters: ServeRunsParameters) throws(GalleyError) {
    orders = open(parameters.orders, O_RDONLY | O_CLOEXEC)
    replies = open(parameters.replies, O_WRONLY | O_CLOEXEC)
    inputs = open(parameters.inputs, O_RDONLY | O_CLOEXEC)
    outputs = open(parameters.outputs, O_WRONLY | O_CLOEXEC)
    guard [orders, replies, inputs, outputs].allSatisfy({ $0 >= 0 }) else { throw Self.broken() }
  }

  deinit { for descriptor in [orders, replies, inputs, outputs] where descriptor >= 0 { close(descriptor) } }

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

  /// Reads bytes of the inputs into a buffer.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(GalleyError) {
    var filled = 0
    while filled < buffer.count {
      let count = pread(inputs, buffer.baseAddress.map { $0 + filled }, buffer.count - filled, off_t(offset + filled))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.broken() }
      filled += count
    }
  }

  /// The heads of the inputs.
  func heads(_ order: RunOrder) throws(GalleyError) -> Data {
    guard let count = Int(exactly: order.headCount), count <= TensorList.longestHeads else { throw Self.broken() }
    var bytes = [UInt8](repeating: 0, count: count)
    var failure: GalleyError?
    bytes.withUnsafeMutableBytes { buffer in
      do throws(GalleyError) { try read(into: buffer, at: 0) } catch { failure = error }
    }
    if let failure { throw failure }
    return Data(bytes)
  }

  /// Writes bytes to the memory of the outputs.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(GalleyError) {
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
