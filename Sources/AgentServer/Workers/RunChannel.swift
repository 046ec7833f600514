// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization
internal import TargetProtocol
internal import TargetTransport
internal import WorkerProtocol

/// The agent's end of what single inferences go through: memory that a measuring process shares, and two pipes. An
/// inference costs the processor one write and one read of the tensors, and no thread waits for it: replies are read
/// where the session lives.
final class RunChannel: Sendable {
  /// What an inference gave.
  enum Outcome: Sendable {
    case outputs(nanoseconds: UInt64, EncodedTensors)
    case failure(RequestFailure)
  }

  private let orders: DescriptorPair
  private let replies: DescriptorPair
  private let inputs: CInt
  private let outputs: CInt
  /// What reads the replies; their descriptor is its own.
  private let reader = Mutex<PipeReader?>(nil)

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
    close(replies.writer)
    if let reader = reader.withLock({ $0 }) { reader.finish() } else { close(replies.reader) }
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
  func send(_ list: EncodedTensors) throws(RequestFailure) {
    if let number = list.bytes.withUnsafeBytes({ write($0) }) { throw Self.broken(number) }
    try order(RunOrder(headCount: UInt64(list.headCount), total: UInt64(list.bytes.count)))
  }

  /// Tells the process to do other things again.
  func leave() { try? order(.leave) }

  /// Begins to read replies.
  /// - Parameter thread: Where they are taken; `nil` for any transport thread.
  func start(on thread: TransportThread?, _ take: @escaping @Sendable (Outcome) -> Void) {
    let reader = PipeReader(replies.reader, on: thread) { [weak self] bytes in
      guard let self else { return }
      take(outcome(of: bytes))
    }
    self.reader.withLock { $0 = reader }
  }

  /// - Returns: the system's error number, if it can't be written.
  private func write(_ bytes: UnsafeRawBufferPointer) -> CInt? {
    var done = 0
    while done < bytes.count {
      let count = pwrite(inputs, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return errno }
      done += count
    }
    return nil
  }

  private func order(_ order: RunOrder) throws(RequestFailure) {
    // The process reads an order before the next is given, so the pipe always has room.
    let count = withUnsafeBytes(of: order) { Glibc.write(orders.writer, $0.baseAddress, $0.count) }
    guard count == MemoryLayout<RunOrder>.size else { throw Self.broken(errno) }
  }

  /// What a reply says. It comes whole, since so few bytes are written at once, and there is one at a time.
  private func outcome(of bytes: Data) -> Outcome {
    var reply = RunReply(nanoseconds: 0, headCount: 0, total: 0)
    guard bytes.count == MemoryLayout<RunReply>.size else { return .failure(Self.broken(EIO)) }
    withUnsafeMutableBytes(of: &reply) { $0.copyBytes(from: bytes) }
    do throws(RequestFailure) {
      let isFailure = reply.nanoseconds == RunReply.failed
      guard reply.headCount <= reply.total, reply.total <= UInt64(isFailure ? FrameLimits.text : FrameLimits.message)
      else {
        throw RequestFailure(
          .failed, exitCode: .badData, what: "can't answer", why: "the outputs have \(reply.total) bytes",
          remedy: "'predict.outputs' writes them into a blob.")
      }
      let content = try read(Int(clamping: reply.total))
      if isFailure { throw try failure(content) }
      return .outputs(nanoseconds: reply.nanoseconds, try Self.list(content))
    } catch {
      return .failure(error)
    }
  }

  private func failure(_ bytes: Data) throws(RequestFailure) -> RequestFailure {
    guard let failure = try? JSONDecoder().decode(RequestFailure.self, from: bytes) else { throw Self.broken(EIO) }
    return failure
  }

  private static func list(_ bytes: Data) throws(RequestFailure) -> EncodedTensors {
    do throws(ProtocolViolation) {
      return try EncodedTensors(bytes)
    } catch {
      throw RequestFailure(.failed, exitCode: .software, what: "can't answer", why: error.description)
    }
  }

  /// Bytes of the outputs. They are read, not mapped: the process could shorten memory that is mapped.
  private func read(_ count: Int) throws(RequestFailure) -> Data {
    do throws(FileError) {
      let bytes = try FilePiece.read(count, at: 0, of: outputs, named: "outputs")
      guard bytes.count == count else { throw FileError(.read, "outputs", number: EIO) }
      return bytes
    } catch {
      throw Self.broken(error.number)
    }
  }

  private static func broken(_ number: CInt) -> RequestFailure {
    RequestFailure(
      .failed, exitCode: .tryAgain, what: "can't run the model",
      why: "memory can't be shared with the measuring process: \(String(cString: strerror(number)))")
  }
}
