// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Synchronization
internal import TargetProtocol
internal import TargetTransport

/// What a host waits for in one session.
final class PendingAnswers: Sendable {
  /// What a stream is for.
  enum Kind: Sendable {
    case answer(@Sendable (RequestEvent) -> Void)
    case upload(BlobSource)
    case fetch(BlobSink)
    case run
  }

  /// How a stream ended well.
  enum Answer: Sendable {
    case answered(AnswerMessage)
    case stored(sent: Bool)
    case fetched
    case ran(SingleInference)
  }

  typealias Continuation = CheckedContinuation<Answer, any Error>

  private struct State {
    var streams: [UInt32: (kind: Kind, continuation: Continuation, ticket: UInt64)] = [:]
    /// Calls by ticket, once they have a stream.
    var tickets: [UInt64: UInt32] = [:]
    /// Calls that aren't over, by ticket.
    var open: Set<UInt64> = []
    var cancelled: Set<UInt64> = []
    var lastTicket: UInt64 = 0
    var welcome: Welcome?
    var end: SessionEnd?
    var waitingForWelcome: [CheckedContinuation<Welcome, any Error>] = []
    var waitingForEnd: [CheckedContinuation<Void, Never>] = []
  }

  private let name: String
  private let state = Mutex(State())

  init(name: String) { self.name = name }

  /// What the session's driver calls.
  var user: SessionDriver<HostSession>.User {
    .init(
      onEvent: { [self] event, driver in take(event, driver) },
      onPiece: { [self] piece, driver in give(piece, driver) },
      onEnd: { [self] end in finish(end) })
  }

  // MARK: Beginning and end

  func welcome() async throws -> Welcome {
    try await withCheckedThrowingContinuation { continuation in
      let (welcome, end) = state.withLock { state in
        if state.welcome == nil, state.end == nil { state.waitingForWelcome.append(continuation) }
        return (state.welcome, state.end)
      }
      if let welcome {
        continuation.resume(returning: welcome)
      } else if let end {
        continuation.resume(throwing: end.galleyError("can't use the target", at: name))
      }
    }
  }

  var end: SessionEnd? { state.withLock { $0.end } }

  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if state.end == nil { state.waitingForEnd.append(continuation) }
        return state.end != nil
      }
      if hasEnded { continuation.resume() }
    }
  }

  private func finish(_ end: SessionEnd) {
    let (streams, welcomes, ends) = state.withLock { state in
      state.end = end
      defer { (state.streams, state.tickets, state.waitingForWelcome, state.waitingForEnd) = ([:], [:], [], []) }
      return (state.streams.values.map(\.continuation), state.waitingForWelcome, state.waitingForEnd)
    }
    let error = end.galleyError("can't use the target", at: name)
    for continuation in streams { continuation.resume(throwing: error) }
    for continuation in welcomes { continuation.resume(throwing: error) }
    for continuation in ends { continuation.resume() }
  }

  // MARK: Calls

  func ticket() -> UInt64 {
    state.withLock { state in
      state.lastTicket += 1
      state.open.insert(state.lastTicket)
      return state.lastTicket
    }
  }

  /// Waits for a stream that was just opened.
  /// - Returns: whether the call was cancelled before.
  func wait(_ stream: UInt32, _ ticket: UInt64, _ kind: Kind, _ continuation: Continuation) -> Bool {
    state.withLock { state in
      state.streams[stream] = (kind, continuation, ticket)
      state.tickets[ticket] = stream
      return state.cancelled.remove(ticket) != nil
    }
  }

  /// A call is no longer wanted.
  /// - Returns: its stream, if it has one yet.
  func cancel(_ ticket: UInt64) -> UInt32? {
    state.withLock { state in
      if let stream = state.tickets[ticket] { return stream }
      // One that is over needs no mark, which nobody would take away.
      if state.open.contains(ticket) { state.cancelled.insert(ticket) }
      return nil
    }
  }

  /// A call is over, however it ended.
  func close(ticket: UInt64) {
    state.withLock { state in
      state.open.remove(ticket)
      state.cancelled.remove(ticket)
    }
  }

  func refuse(_ refusal: HostRefusal, _ ticket: UInt64, _ continuation: Continuation) {
    let end = state.withLock { state in
      state.cancelled.remove(ticket)
      return state.end
    }
    if let end { return continuation.resume(throwing: end.galleyError("can't use the target", at: name)) }
    let (code, why): (ExitCode, String) =
      switch refusal {
      case .notReady: (.tryAgain, "its agent takes nothing new: it is about to end")
      case .tooMany: (.software, "more is asked of its agent at once than it takes")
      case .tooLarge: (.unavailable, "its agent doesn't take that much at once")
      }
    continuation.resume(throwing: GalleyError(code, "can't use the target", at: name, why: why))
  }

  func located(_ failure: RequestFailure) -> GalleyError {
    var error = failure.galleyError
    // A blob's name says nothing to a person.
    if let place = error.place, !place.hasPrefix(BlobPath.fresh) {
      error.place = "\(name): \(place)"
    } else {
      error.place = name
    }
    return error
  }

  private func close(_ stream: UInt32, _ result: Result<Answer, any Error>) {
    let call = state.withLock { state in
      let call = state.streams.removeValue(forKey: stream)
      if let call { state.tickets[call.ticket] = nil }
      return call
    }
    call?.continuation.resume(with: result)
  }

  private func kind(_ stream: UInt32) -> Kind? { state.withLock { $0.streams[stream]?.kind } }

  // MARK: What happens

  private func take(_ event: HostEvent, _ driver: SessionDriver<HostSession>) {
    switch event {
    case .ready(let welcome):
      let waiting = state.withLock { state in
        state.welcome = welcome
        defer { state.waitingForWelcome = [] }
        return state.waitingForWelcome
      }
      for continuation in waiting { continuation.resume(returning: welcome) }
    case .told(let stream, let event): if case .answer(let onEvent)? = kind(stream) { onEvent(event.onOneLine) }
    case .answered(let stream, let message): close(stream, .success(.answered(message)))
    case .ran(let stream, let nanoseconds, let outputs):
      close(stream, .success(.ran(SingleInference(nanoseconds: nanoseconds, outputs: outputs))))
    case .failed(let stream, let failure): fail(stream, failure)
    case .stored(let stream, let sent): close(stream, .success(.stored(sent: sent)))
    case .received(let stream, let bytes, let isEnd): receive(stream, bytes, isEnd, driver)
    case .goodbye, .code, .paired, .found: return
    }
  }

  private func fail(_ stream: UInt32, _ failure: RequestFailure) {
    let own: GalleyError? =
      switch kind(stream) {
      case .upload(let source): source.failure
      case .fetch(let sink): sink.failure
      case .answer, .run, nil: nil
      }
    close(stream, .failure(own ?? failure))
  }

  private func give(_ piece: WantedPiece, _ driver: SessionDriver<HostSession>) {
    guard case .upload(let source)? = kind(piece.stream), let bytes = source.read(piece.offset, piece.count) else {
      driver.submit { $0.cancel(piece.stream, at: $1) }
      return driver.give(nil, of: piece.stream)
    }
    driver.give(bytes, of: piece.stream)
  }

  private func receive(_ stream: UInt32, _ bytes: Data, _ isEnd: Bool, _ driver: SessionDriver<HostSession>) {
    guard case .fetch(let sink)? = kind(stream) else { return }
    let isWritten = sink.write(bytes)
    if isEnd {
      close(stream, isWritten ? .success(.fetched) : .failure(sink.failure ?? CancellationError()))
    } else {
      driver.submit { session, now in
        if isWritten { session.consumed(bytes.count, of: stream, at: now) } else { session.cancel(stream, at: now) }
      }
    }
  }
}
