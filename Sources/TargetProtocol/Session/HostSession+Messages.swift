// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// What an agent says about a host's streams.
extension HostSession {
  mutating func takeMessage(_ type: FrameType, _ stream: UInt32, _ payload: Data) throws(ProtocolViolation) {
    guard case .ready = stage, let state = streams[stream] else {
      throw ProtocolViolation("a \(type) frame comes on stream \(stream), which isn't open")
    }
    switch (state, type) {
    case (_, .failure): try takeFailure(stream, state, payload)
    case (.request, .event):
      core.tell(.told(stream: stream, try ProtocolJSON.decode(from: payload, as: "an event")))
    case (.request, .answer):
      close(stream, .answered(stream: stream, AnswerMessage(payload)))
    case (.run, .outputs):
      var reader = WireReader(payload)
      let nanoseconds = try reader.uint64()
      let outputs = try TensorList.decode(reader.remaining)
      close(stream, .ran(stream: stream, nanoseconds: nanoseconds, outputs: outputs))
    default: try takeTransfer(state, type, stream, payload)
    }
  }

  private mutating func takeTransfer(
    _ state: HostStream, _ type: FrameType, _ stream: UInt32, _ payload: Data
  ) throws(ProtocolViolation) {
    switch (state, type) {
    case (.offered, .have): close(stream, .stored(stream: stream, sent: false))
    case (.checking, .have): close(stream, .stored(stream: stream, sent: true))
    case (.stopping(_, isFetch: false, _), .have): close(stream, .stored(stream: stream, sent: true))
    case (.offered(let blob, _), .want):
      let want = try WantPayload(payload)
      streams[stream] = .sending(
        try OutgoingTransfer(size: blob.byteCount, offset: want.offset, credit: want.credit, at: core.now))
    case (.sending(var transfer), .credit):
      try transfer.add(try payload.uint32(), at: core.now)
      streams[stream] = .sending(transfer)
    case (.fetching(let offset, let window, _), .offer):
      let blob = try Blob(offer: payload)
      guard offset <= blob.byteCount else { throw ProtocolViolation("a blob is shorter than what was asked of it") }
      streams[stream] = .receiving(
        IncomingTransfer(size: blob.byteCount, offset: offset, window: window, at: core.now))
      core.tell(.found(stream: stream, byteCount: blob.byteCount))
    // What crossed the cancel, or the last bytes, on its way.
    case (.stopping(_, isFetch: false, _), .want), (.stopping(_, isFetch: false, _), .credit), (.checking, .credit),
      (.stopping(_, isFetch: true, _), .offer):
      return
    default: throw ProtocolViolation("a \(type) frame comes where it can't")
    }
  }

  mutating func takePiece(_ stream: UInt32, _ bytes: Data, _ isEnd: Bool) throws(ProtocolViolation) {
    switch streams[stream] {
    case .receiving(var transfer)?:
      try transfer.take(bytes.count, isEnd: isEnd, at: core.now)
      streams[stream] = .receiving(transfer)
      if isEnd { streams[stream] = nil }
      core.tell(.received(stream: stream, bytes: bytes, isEnd: isEnd))
    case .stopping(let failure, isFetch: true, _)?:
      // The end crossed the cancel: the agent has closed the stream by it.
      if isEnd { close(stream, .failed(stream: stream, failure)) }
    default: throw ProtocolViolation("data comes on stream \(stream), which takes none")
    }
  }

  private mutating func takeFailure(
    _ stream: UInt32, _ state: HostStream, _ payload: Data
  ) throws(ProtocolViolation) {
    let failure = try ProtocolJSON.decode(RequestFailure.self, from: payload, as: "a failure")
    // The agent ignores what is on its way until it hears that no more comes.
    if case .sending = state { core.send(OutgoingFrame.message(.cancel, stream: stream)) }
    if case .stopping(let reason, _, _) = state {
      return close(stream, .failed(stream: stream, reason))
    }
    close(stream, .failed(stream: stream, failure))
  }

  private mutating func close(_ stream: UInt32, _ event: HostEvent) {
    streams[stream] = nil
    core.tell(event)
  }
}
