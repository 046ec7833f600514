// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// What a host says on its streams.
extension AgentSession {
  mutating func takeMessage(_ type: FrameType, _ stream: UInt32, _ payload: Data) throws(ProtocolViolation) {
    guard case .ready = stage else { throw ProtocolViolation("a \(type) frame comes before the welcome") }
    switch type {
    case .request, .run, .offer, .fetch: try open(type, stream, payload)
    case .cancel: try takeCancel(stream)
    case .credit:
      let count = try payload.uint32()
      if case .sending(var transfer)? = streams[stream] {
        try transfer.add(count, at: core.now)
        streams[stream] = .sending(transfer)
      } else if stream > lastStream || streams[stream] != nil {
        throw ProtocolViolation("credit comes on stream \(stream), which sends nothing")
      }
    default: throw ProtocolViolation("a \(type) frame comes from a host")
    }
  }

  private mutating func open(_ type: FrameType, _ stream: UInt32, _ payload: Data) throws(ProtocolViolation) {
    guard stream > lastStream else { throw ProtocolViolation("stream \(stream) is not higher than all before") }
    guard streams.count < FrameLimits.streams else { throw ProtocolViolation("too many streams are open") }
    lastStream = stream
    switch type {
    case .request: try openRequest(stream, try RequestMessage(payload))
    case .run: try openRun(stream, payload)
    case .offer:
      let blob = try Blob(offer: payload)
      if let failure = refusal(of: blob.byteCount) { return sendFailure(stream, failure) }
      streams[stream] = .offered(blob, until: core.now + core.times.checking)
      core.tell(.offered(stream: stream, blob))
    default:
      let fetch = try FetchPayload(payload)
      guard fetch.credit > 0, fetch.credit <= UInt32(FrameLimits.credit) else {
        throw ProtocolViolation("a fetch has a credit of \(fetch.credit)")
      }
      if let failure = refusal(of: 0) { return sendFailure(stream, failure) }
      streams[stream] = .fetched(
        offset: fetch.offset, credit: fetch.credit, until: core.now + core.times.checking)
      core.tell(.fetched(stream: stream, fetch.digest, offset: fetch.offset))
    }
  }

  private mutating func openRequest(_ stream: UInt32, _ request: RequestMessage) throws(ProtocolViolation) {
    if isEnding { return sendFailure(stream, Self.busy("the agent ends")) }
    let seconds = min(request.within, welcome.limits.requestSeconds)
    streams[stream] = .working(isRun: false, until: core.now + .seconds(seconds), isCancelled: false)
    core.tell(.request(stream: stream, request))
  }

  private mutating func openRun(_ stream: UInt32, _ payload: Data) throws(ProtocolViolation) {
    let running = streams.values.count { if case .working(isRun: true, _, _) = $0 { true } else { false } }
    guard running < welcome.limits.runs else { throw ProtocolViolation("too many runs wait") }
    var reader = WireReader(payload)
    let worker = try reader.uint32()
    let inputs = try EncodedTensors(reader.remaining)
    if isEnding { return sendFailure(stream, Self.busy("the agent ends")) }
    streams[stream] = .working(isRun: true, until: core.now + core.times.run, isCancelled: false)
    core.tell(.run(stream: stream, worker: worker, inputs: inputs))
  }

  private var isEnding: Bool { isLeaving || goodbye != nil }

  /// Why a transfer of so many bytes isn't taken.
  private func refusal(of byteCount: UInt64) -> RequestFailure? {
    if isEnding { return Self.busy("the agent ends") }
    // One that drains is done for its user, but its credit may still be on its way.
    guard streams.values.count(where: \.isTransfer) < welcome.limits.transfers else {
      return Self.busy("\(welcome.limits.transfers) transfers are under way")
    }
    guard byteCount <= welcome.limits.blobBytes else {
      return RequestFailure(
        .quota, exitCode: .cantCreate, what: "can't take a blob",
        why: "it has \(byteCount) bytes, and the agent takes \(welcome.limits.blobBytes)")
    }
    return nil
  }

  static func busy(_ why: String) -> RequestFailure {
    RequestFailure(.busy, exitCode: .tryAgain, what: "can't begin", why: why)
  }

  mutating func sendFailure(_ stream: UInt32, _ failure: RequestFailure) {
    guard let text = try? ProtocolJSON.encode(failure.bounded) else { return }
    core.send(OutgoingFrame.message(.failure, stream: stream, text))
  }

  private mutating func takeCancel(_ stream: UInt32) throws(ProtocolViolation) {
    guard stream <= lastStream else { throw ProtocolViolation("stream \(stream) was never open") }
    guard let state = streams[stream] else { return }
    let failure = RequestFailure(
      .cancelled, exitCode: .interrupted, what: "what the host asked for was not done", why: "the host cancelled it")
    switch state {
    // Its time was over while the cancel was on its way.
    case .working(_, _, isCancelled: true): return
    case .working(let isRun, let until, false):
      let soon = core.now + core.times.agentGrace
      streams[stream] = .working(isRun: isRun, until: min(until + core.times.agentGrace, soon), isCancelled: true)
      core.tell(.cancelled(stream: stream))
    case .draining: streams[stream] = nil
    case .offered, .receiving, .checking, .fetched, .sending:
      streams[stream] = nil
      sendFailure(stream, failure)
      core.tell(.stopped(stream: stream))
    }
  }

  mutating func takePiece(_ stream: UInt32, _ bytes: Data, _ isEnd: Bool) throws(ProtocolViolation) {
    switch streams[stream] {
    case .receiving(var transfer)?:
      try transfer.take(bytes.count, isEnd: isEnd, at: core.now)
      streams[stream] = isEnd ? .checking(until: core.now + core.times.checking) : .receiving(transfer)
      core.tell(.received(stream: stream, bytes: bytes, isEnd: isEnd))
    case .draining(let credit, let until)?:
      guard UInt64(bytes.count) <= credit else { throw ProtocolViolation("more comes than there is credit for") }
      streams[stream] = isEnd ? nil : .draining(credit - UInt64(bytes.count), until: until)
    default: throw ProtocolViolation("data comes on stream \(stream), which takes none")
    }
  }
}
