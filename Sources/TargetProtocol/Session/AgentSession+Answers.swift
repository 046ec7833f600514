// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
internal import Galley

/// What the agent's program says. What comes for a stream that is no longer open is ignored.
extension AgentSession {
  /// Tells what happens with a request; what is too long for a frame is not told.
  public mutating func tell(_ event: RequestEvent, of stream: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .working(isRun: false, _, _)? = streams[stream],
      let text = try? ProtocolJSON.encode(event.bounded), text.count <= FrameLimits.text
    else { return }
    core.send(OutgoingFrame.message(.event, stream: stream, text))
  }

  /// Answers a request.
  public mutating func answer(_ stream: UInt32, _ result: some Encodable, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .working(isRun: false, _, _)? = streams[stream] else { return }
    guard let payload = try? AnswerMessage.encode(result), payload.count <= FrameLimits.message else {
      return fail(stream, Self.unwritable, at: now)
    }
    close(stream) { OutgoingFrame.message(.answer, stream: stream, payload) }
  }

  /// Answers a run.
  /// - Parameter nanoseconds: How long the inference took.
  public mutating func answerRun(_ stream: UInt32, nanoseconds: UInt64, outputs: EncodedTensors, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .working(isRun: true, _, _)? = streams[stream] else { return }
    var writer = WireWriter()
    writer.uint64(nanoseconds)
    guard writer.data.count + outputs.bytes.count <= FrameLimits.message else {
      return fail(stream, Self.unwritable, at: now)
    }
    close(stream) { OutgoingFrame.message(.outputs, stream: stream, beginning: writer.data, outputs.bytes) }
  }

  /// Ends a request, a run or a transfer without what was asked for.
  public mutating func fail(_ stream: UInt32, _ failure: RequestFailure, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, let state = streams[stream] else { return }
    switch state {
    case .draining: return
    case .receiving(let transfer):
      sendFailure(stream, failure)
      streams[stream] = .draining(transfer.credit, until: core.now + core.times.transfer)
    default:
      streams[stream] = nil
      // Whoever was told to stop says that it was cancelled; the host is told why.
      let isLate = expired.remove(stream) != nil && failure.code == .cancelled
      sendFailure(stream, isLate ? Self.late : failure)
    }
    settleAfterAnswer()
  }

  // MARK: Blobs

  /// An offered blob is there, or one that was sent is whole and has its digest.
  public mutating func have(_ stream: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen else { return }
    switch streams[stream] {
    case .offered?, .checking?: close(stream) { OutgoingFrame.message(.have, stream: stream) }
    default: return
    }
  }

  /// An offered blob is wanted.
  /// - Parameters:
  ///   - offset: How much of it is there from an upload before; more than its size counts as nothing.
  ///   - window: How many bytes may be under way, at most 2²⁸.
  public mutating func want(_ stream: UInt32, from offset: UInt64 = 0, window: UInt32 = 1 << 22, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .offered(let blob, _)? = streams[stream] else { return }
    let transfer = IncomingTransfer(
      size: blob.byteCount, offset: offset <= blob.byteCount ? offset : 0, window: window, at: core.now)
    core.send(OutgoingFrame.want(stream: stream, offset: transfer.offset, credit: UInt32(transfer.credit)))
    streams[stream] = .receiving(transfer)
  }

  /// Bytes of a blob were written, so that as many more may come.
  public mutating func consumed(_ count: Int, of stream: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .receiving(var transfer)? = streams[stream] else { return }
    let credit = transfer.consume(count, at: core.now)
    streams[stream] = .receiving(transfer)
    if let credit { core.send(OutgoingFrame.credit(stream: stream, credit)) }
  }

  /// A blob that the host wants is there.
  public mutating func found(_ stream: UInt32, _ blob: Blob, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .fetched(let offset, let credit, _)? = streams[stream] else { return }
    guard
      let transfer = try? OutgoingTransfer(size: blob.byteCount, offset: offset, credit: credit, at: core.now)
    else {
      let why = "the blob has \(blob.byteCount) bytes, and offset \(offset) lies beyond them"
      return fail(
        stream, RequestFailure(.badParameters, exitCode: .badData, what: "can't send a blob", why: why), at: now)
    }
    core.send(OutgoingFrame.offer(stream: stream, blob))
    streams[stream] = .sending(transfer)
  }

  /// The bytes that can be sent now, in turn for each transfer, as `HostSession.nextPiece(most:)`.
  public mutating func nextPiece(most limit: Int = FrameLimits.frame) -> WantedPiece? {
    let next = streams.next(after: turn) { if case .sending(let transfer) = $0 { transfer.canAsk } else { false } }
    guard core.isOpen, let stream = next, case .sending(var transfer)? = streams[stream] else { return nil }
    let offset = transfer.offset
    guard let count = transfer.ask(most: min(limit, FrameLimits.frame)) else { return nil }
    streams[stream] = .sending(transfer)
    turn = stream
    return WantedPiece(stream: stream, offset: offset, count: count)
  }

  /// Gives the bytes that ``nextPiece(most:)`` asked for; others are not taken. A program that can't read them fails.
  public mutating func send(_ bytes: Data, of stream: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .sending(var transfer)? = streams[stream],
      let isEnd = transfer.give(bytes.count, at: core.now)
    else { return }
    streams[stream] = .sending(transfer)
    if isEnd {
      close(stream) { OutgoingFrame.data(stream: stream, bytes, isEnd: true) }
    } else {
      core.send(OutgoingFrame.data(stream: stream, bytes, isEnd: false))
    }
  }

  // MARK: Time

  /// A stream's time is over.
  mutating func expire(_ stream: UInt32, _ state: AgentStream) {
    let failure = Self.late
    switch state {
    case .working(let isRun, _, isCancelled: false):
      streams[stream] = .working(isRun: isRun, until: core.now + core.times.agentGrace, isCancelled: true)
      expired.insert(stream)
      core.tell(.cancelled(stream: stream))
    case .working: fail(stream, failure, at: core.now)
    case .draining: finish(SessionEnd(.timeout, "the host didn't end a transfer in time"))
    case .offered, .receiving, .checking, .fetched, .sending:
      fail(stream, failure, at: core.now)
      core.tell(.stopped(stream: stream))
    }
  }

  private static let late = RequestFailure(
    .deadline, exitCode: .tryAgain, what: "what the host asked for was not done", why: "its time was over")

  private static let unwritable = RequestFailure(
    .failed, exitCode: .software, what: "can't answer", why: "the result is too long for a message")

  private mutating func close(_ stream: UInt32, _ frames: () -> [Data]) {
    streams[stream] = nil
    expired.remove(stream)
    core.send(frames())
    settleAfterAnswer()
  }

  private mutating func settleAfterAnswer() {
    if core.isOpen, isLeaving, streams.isEmpty { finish(SessionEnd(.shuttingDown, "the agent ends")) }
  }
}

extension RequestEvent {
  /// A line of a log that is too long is cut.
  fileprivate var bounded: RequestEvent {
    guard case .log(let level, let message) = self, message.utf8.count > 8192 else { return self }
    return .log(level: level, message: String(decoding: message.utf8.prefix(8180), as: UTF8.self) + " …")
  }
}
