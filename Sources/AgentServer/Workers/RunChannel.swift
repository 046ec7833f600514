// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization
internal import TargetProtocol
internal import Tensors
internal import WorkerProtocol

/// The agent's end of what single inferences go through: memory that a measuring process shares, and two pipes. An
/// inference costs the processor one write and one read of each tensor, and no thread of Swift's pool waits for it.
final class RunChannel: Sendable {
  /// What an inference gave.
  enum Outcome: Sendable {
    case outputs(nanoseconds: UInt64, [Tensor])
    case failure(RequestFailure)
  }

  private let orders: DescriptorPair
  private let replies: DescriptorPair
  private let inputs: CInt
  private let outputs: CInt
  /// The descriptors are closed once the thread that reads has ended.
  private let isOver = Mutex(false)

  /// - Throws: `RequestFailure` if the agent has no descriptors left.
  init() throws(RequestFailure) {
    let pipes = (DescriptorPair.pipe(), DescriptorPair.pipe())
    (inputs, outputs) = (galley_memory_file(), galley_memory_file())
    let number = errno
    orders = pipes.0 ?? DescriptorPair(reader: -1, writer: -1)
    replies = pipes.1 ?? DescriptorPair(reader: -1, writer: -1)
    guard pipes.0 != nil, pipes.1 != nil, inputs >= 0, outputs >= 0 else { throw Self.broken(number) }
  }

  deinit {
    orders.close()
    replies.close()
    close(inputs)
    close(outputs)
  }

  /// What the process opens.
  var parameters: ServeRunsParameters {
    func path(_ descriptor: CInt) -> String { "/proc/\(getpid())/fd/\(descriptor)" }
    return ServeRunsParameters(
      orders: path(orders.reader), replies: path(replies.writer), inputs: path(inputs), outputs: path(outputs))
  }

  /// Hands inputs over; the next reply is theirs.
  /// - Throws: `RequestFailure` if there is no memory for them.
  func send(_ tensors: [Tensor]) throws(RequestFailure) {
    let heads: Data
    do throws(ProtocolViolation) {
      heads = try TensorList.heads(of: tensors.map { ($0.elementType, $0.shape) })
    } catch {
      throw RequestFailure(.badParameters, exitCode: .badData, what: "can't run the model", why: error.description)
    }
    var offset = 0
    for bytes in [Array(heads)] + tensors.map(\.bytes) {
      if let number = bytes.withUnsafeBytes({ write($0, at: &offset) }) { throw Self.broken(number) }
    }
    try order(RunOrder(headCount: UInt64(heads.count), total: UInt64(offset)))
  }

  /// Tells the process to do other things again.
  func leave() { try? order(.leave) }

  /// Begins to read replies, on a thread of their own.
  func start(_ take: @escaping @Sendable (Outcome) -> Void) {
    OwnedThread.start { [self] in
      while let reply = next() { take(outcome(of: reply)) }
    }
  }

  /// Ends the thread; the process no longer replies.
  func finish() {
    let isFirst = isOver.withLock { isOver in
      defer { isOver = true }
      return !isOver
    }
    // The thread holds the last reference, so that no descriptor is closed under it.
    if isFirst { _ = withUnsafeBytes(of: UInt8(0)) { Glibc.write(replies.writer, $0.baseAddress, 1) } }
  }

  /// - Returns: the system's error number, if it can't be written.
  private func write(_ bytes: UnsafeRawBufferPointer, at offset: inout Int) -> CInt? {
    var rest = bytes
    while !rest.isEmpty {
      let count = pwrite(inputs, rest.baseAddress, rest.count, off_t(offset))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      offset += count
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
    return nil
  }

  private func order(_ order: RunOrder) throws(RequestFailure) {
    // The process reads an order before the next is given, so the pipe always has room.
    let count = withUnsafeBytes(of: order) { Glibc.write(orders.writer, $0.baseAddress, $0.count) }
    guard count == MemoryLayout<RunOrder>.size else { throw Self.broken(errno) }
  }

  private func next() -> RunReply? {
    var reply = RunReply(nanoseconds: 0, headCount: 0, total: 0)
    let count = withUnsafeMutableBytes(of: &reply) { bytes in
      while true {
        let count = Glibc.read(replies.reader, bytes.baseAddress, bytes.count)
        if count >= 0 || errno != EINTR { return count }
      }
    }
    return count == MemoryLayout<RunReply>.size ? reply : nil
  }

  private func outcome(of reply: RunReply) -> Outcome {
    do throws(RequestFailure) {
      let isFailure = reply.nanoseconds == RunReply.failed
      let headCount = Int(clamping: reply.headCount)
      let limit = isFailure ? FrameLimits.text : TensorList.longestHeads
      guard headCount <= limit, reply.total <= UInt64(FrameLimits.message) else {
        throw RequestFailure(
          .failed, exitCode: .badData, what: "can't answer", why: "the outputs have \(reply.total) bytes",
          remedy: "'predict.outputs' writes them into a blob.")
      }
      let heads = Data(try read(0..<headCount))
      if isFailure { throw try failure(heads) }
      let places = try Self.places(heads, Int(clamping: reply.total))
      return .outputs(
        nanoseconds: reply.nanoseconds, try places.map { place throws(RequestFailure) in try tensor(place) })
    } catch {
      return .failure(error)
    }
  }

  private func failure(_ bytes: Data) throws(RequestFailure) -> RequestFailure {
    guard let failure = try? JSONDecoder().decode(RequestFailure.self, from: bytes) else { throw Self.broken(EIO) }
    return failure
  }

  private static func places(_ heads: Data, _ total: Int) throws(RequestFailure) -> [TensorList.Place] {
    do throws(ProtocolViolation) {
      return try TensorList.places(behind: heads, total: total)
    } catch {
      throw RequestFailure(.failed, exitCode: .software, what: "can't answer", why: error.description)
    }
  }

  private func tensor(_ place: TensorList.Place) throws(RequestFailure) -> Tensor {
    let bytes = try read(place.range)
    guard let tensor = try? Tensor(elementType: place.elementType, shape: place.shape, bytes: bytes) else {
      throw Self.broken(EIO)
    }
    return tensor
  }

  /// Bytes of the outputs. They are read, not mapped: the process could shorten memory that is mapped.
  private func read(_ range: Range<Int>) throws(RequestFailure) -> [UInt8] {
    var number: CInt?
    let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      while filled < range.count {
        let target = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[filled..<range.count])
        let count = pread(outputs, target.baseAddress, target.count, off_t(range.lowerBound + filled))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          number = count < 0 ? errno : EIO
          return
        }
        filled += count
      }
    }
    if let number { throw Self.broken(number) }
    return bytes
  }

  private static func broken(_ number: CInt) -> RequestFailure {
    RequestFailure(
      .failed, exitCode: .tryAgain, what: "can't run the model",
      why: "memory can't be shared with the measuring process: \(String(cString: strerror(number)))")
  }
}
