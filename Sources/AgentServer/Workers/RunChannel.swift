// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CSandbox
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Measuring
internal import Synchronization
internal import TargetProtocol
internal import TargetTransport
internal import WorkerProtocol

/// The agent's end of what single inferences go through: two pipes, and memory that a measuring process shares for lists
/// that are too long for a pipe. No thread sleeps for a reply: it is read where the session lives.
final class RunChannel: Sendable {
  /// What an inference gave.
  enum Outcome: Sendable {
    case outputs(nanoseconds: UInt64, EncodedTensors)
    case failure(RequestFailure)
  }

  private let orders: DescriptorPair
  private let replies: DescriptorPair
  private let inputs: Mutex<SharedMemory>
  private let outputs: CInt
  /// What reads the replies; it has a descriptor of its own.
  private let reader = Mutex<PipeReader?>(nil)
  private let pace = Mutex(ReplyPace())

  /// - Throws: `RequestFailure` if the agent has no descriptors left.
  init() throws(RequestFailure) {
    do throws(GalleyError) { inputs = Mutex(try SharedMemory()) } catch { throw RequestFailure(error) }
    let pipes = (DescriptorPair.pipe(), DescriptorPair.pipe())
    outputs = galley_memory_file()
    let number = errno
    orders = pipes.0 ?? DescriptorPair(reader: -1, writer: -1)
    replies = pipes.1 ?? DescriptorPair(reader: -1, writer: -1)
    guard pipes.0 != nil, pipes.1 != nil, outputs >= 0 else { throw Self.broken(number) }
    // Nothing that a process does or leaves undone lets the thread wait. The process opens both pipes for itself.
    _ = fcntl(orders.writer, F_SETFL, O_NONBLOCK)
    _ = fcntl(replies.reader, F_SETFL, O_NONBLOCK)
  }

  deinit {
    orders.close()
    replies.close()
    reader.withLock { $0 }?.finish()
    close(outputs)
  }

  /// What the process opens.
  var parameters: ServeRunsParameters {
    func path(_ descriptor: CInt) -> String { "/proc/\(getpid())/fd/\(descriptor)" }
    return ServeRunsParameters(
      orders: path(orders.reader), replies: path(replies.writer), inputs: inputs.withLock { $0.path },
      outputs: path(outputs))
  }

  /// Hands inputs over; the next reply is theirs.
  /// - Throws: `RequestFailure` if there is no memory for them, or the process doesn't read its orders.
  func send(_ list: EncodedTensors) throws(RequestFailure) {
    let order = RunOrder(headCount: UInt64(list.headCount), total: UInt64(list.bytes.count))
    if !order.isShort { try put(list.bytes) }
    pace.withLock { $0.asked(at: MonotonicClock.nanoseconds) }
    let number = list.bytes.withUnsafeBytes { tell(order, order.isShort ? $0 : nil) }
    if let number { throw Self.broken(number) }
  }

  /// Tells the process to do other things again.
  /// - Returns: whether it can hear it: one that doesn't read its orders can't.
  func leave() -> Bool { tell(.leave) == nil }

  /// Begins to read replies.
  /// - Parameter thread: Where they are taken; `nil` for any transport thread.
  /// - Throws: `RequestFailure` if the agent has no descriptors left.
  func start(
    on thread: TransportThread?, _ take: @escaping @Sendable (RunChannel, Outcome) -> Void
  ) throws(RequestFailure) {
    let descriptor = fcntl(replies.reader, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw Self.broken(errno) }
    let reader = PipeReader(descriptor, pieces: RunPipe.longestWrite, on: thread) { [weak self] bytes in
      guard let self else { return }
      take(self, outcome(of: bytes))
    }
    self.reader.withLock { $0 = reader }
  }

  /// The reply to what was just sent, if it can be expected before the thread would have gone to sleep and been woken.
  /// Whoever else wants the processor gets it meanwhile. Called on the thread that takes the replies.
  func replyAtOnce() -> Outcome? {
    guard let end = pace.withLock({ $0.patience }) else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: RunPipe.longestWrite, alignment: 8) { buffer in
      repeat {
        let count = Glibc.read(replies.reader, buffer.baseAddress, buffer.count)
        if count > 0 { return outcome(of: Data(UnsafeRawBufferPointer(rebasing: buffer[..<count]))) }
        // The end of a process isn't seen here: whoever waits for it tells.
        guard count < 0, errno == EAGAIN || errno == EINTR else { break }
        sched_yield()
      } while MonotonicClock.nanoseconds < end
      pace.withLock { $0.wasInVain() }
      return nil
    }
  }

  private func put(_ list: Data) throws(RequestFailure) {
    let failure = inputs.withLock { memory -> GalleyError? in
      do throws(GalleyError) { try memory.reserve(list.count) } catch { return error }
      list.withUnsafeBytes { memory.bytes.copyMemory(from: $0) }
      return nil
    }
    if let failure { throw RequestFailure(failure) }
  }

  /// Writes an order and what follows it: whole, or not at all. The pipe has room if the process reads an order before it
  /// answers.
  /// - Returns: the system's error number, if it can't be written.
  private func tell(_ order: RunOrder, _ list: UnsafeRawBufferPointer? = nil) -> CInt? {
    let head = MemoryLayout<RunOrder>.size
    let length = head + (list?.count ?? 0)
    return withUnsafeTemporaryAllocation(byteCount: length, alignment: 8) { buffer in
      buffer.storeBytes(of: order, as: RunOrder.self)
      if let list { UnsafeMutableRawBufferPointer(rebasing: buffer[head...]).copyMemory(from: list) }
      return Glibc.write(orders.writer, buffer.baseAddress, length) == length ? nil : errno
    }
  }

  /// What a reply says. It comes whole, since so few bytes are written at once, and there is one at a time.
  private func outcome(of bytes: Data) -> Outcome {
    pace.withLock { $0.answered(at: MonotonicClock.nanoseconds) }
    let head = MemoryLayout<RunReply>.size
    guard bytes.count >= head else { return .failure(Self.broken(EIO)) }
    let reply = bytes.withUnsafeBytes { $0.loadUnaligned(as: RunReply.self) }
    do throws(RequestFailure) {
      let isFailure = reply.nanoseconds == RunReply.failed
      guard reply.headCount <= reply.total, reply.total <= UInt64(isFailure ? FrameLimits.text : FrameLimits.message)
      else {
        throw RequestFailure(
          .failed, exitCode: .badData, what: "can't answer", why: "the outputs have \(reply.total) bytes",
          remedy: "'predict.outputs' writes them into a blob.")
      }
      let content = reply.isShort ? bytes.dropFirst(head) : try read(Int(clamping: reply.total))
      guard UInt64(content.count) == reply.total else { throw Self.broken(EIO) }
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
      why: "what is shared with the measuring process: \(String(cString: strerror(number)))")
  }
}
