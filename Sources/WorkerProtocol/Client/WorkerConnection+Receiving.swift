// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization

/// What happens on the streams' thread.
extension WorkerConnection {
  /// How many lines of the standard error are kept for the message about a crash.
  private static var keptErrorLines: Int { 20 }

  func takeOutput(_ bytes: UnsafeRawBufferPointer) {
    let pieces = state.withLock { $0.fault == nil ? $0.outputLines.append(bytes) : [] }
    for piece in pieces {
      guard case .line(let line) = piece else {
        return blame("it sent a message longer than \(settings.messageLimit) bytes")
      }
      do {
        receive(try IncomingMessage(line))
      } catch {
        let text = WorkerEnd.quote(String(decoding: line.prefix(400), as: UTF8.self))
        return blame("it wrote \(text) to its standard output, where only messages may stand (\(error.message))")
      }
    }
  }

  private func receive(_ message: IncomingMessage) {
    switch message.kind {
    case .failure(.null, let error):
      blame("it couldn't read a message: \(error.message)")
    // Whoever asked would wait for ever.
    case .result(let id) where !state.withLock({ $0.calls.wasUsed(id) }),
      .failure(let id, _) where !state.withLock({ $0.calls.wasUsed(id) }):
      blame("it answered the request \(id), which nobody made")
    case .result(let id):
      finish(id) { $0.continuation.resume(returning: message) }
    case .failure(let id, let error):
      finish(id) { call in
        let error = error.galleyError ?? Self.understand(error, method: call.method, name)
        call.continuation.resume(throwing: Self.error(for: call, error, name))
      }
    case .notification(StandardMethod.progress):
      if let progress = try? message.parameters(as: WorkerProgress.self) { report(progress) }
    case .notification(StandardMethod.event):
      if let events = try? message.parameters(as: WorkerEvents.self) { tell(events) }
    case .notification(StandardMethod.log):
      if let line = try? message.parameters(as: WorkerLogLine.self) { settings.onLog?(line) }
    case .notification:
      break
    case .request(let id, let method):
      let error = RPCError(RPCError.methodNotFound, "a client has no method '\(method)'")
      if let line = try? OutgoingMessage.failure(id: id, error) { streams.send(line) }
    }
  }

  private func finish(_ id: RequestID, _ body: (PendingCalls.Call) -> Void) {
    guard let call = state.withLock({ $0.calls.remove(id) }) else { return }
    body(call)
  }

  private func report(_ progress: WorkerProgress) {
    guard let call = state.withLock({ $0.calls.call(progress.request) }) else { return }
    call.onProgress?(progress)
    settings.onProgress?(progress)
  }

  private func tell(_ events: WorkerEvents) {
    guard let onEvent = state.withLock({ $0.calls.call(events.request)?.onEvent }) else { return }
    for event in events.events { onEvent(event) }
  }

  func takeError(_ bytes: UnsafeRawBufferPointer) {
    let lines = state.withLock { state in
      let lines = state.errorLines.append(bytes).map { piece in
        if case .line(let line) = piece { String(decoding: line, as: UTF8.self) } else { "(a very long line)" }
      }
      state.lastErrorLines = Array((state.lastErrorLines + lines).suffix(Self.keptErrorLines))
      return lines
    }
    guard let onLog = settings.onLog else { return }
    for line in lines { onLog(WorkerLogLine(level: .info, message: line)) }
  }

  /// Without its output a worker is of no use; usually it is about to end by itself, which tells more than a signal.
  func outputEnded() {
    Task.detached { [settings] in
      try await Task.sleep(for: settings.endTimeout)
      self.kill(SIGKILL)
    }
  }

  /// After a breach of the protocol no further byte can be trusted.
  private func blame(_ fault: String) {
    state.withLock { if $0.fault == nil { $0.fault = fault } }
    kill(SIGKILL)
  }

  // MARK: Errors

  /// What the caller gets: what it asked for itself comes first.
  static func error(for call: PendingCalls.Call, _ error: GalleyError, _ name: String) -> any Error {
    switch call.abandonment {
    case .cancelled: CancellationError()
    case .deadline(let duration):
      GalleyError(
        .unavailable, "the worker '\(name)' doesn't answer", why: "'\(call.method)' took longer than \(duration)",
        remedy: "Look at the machine's load and memory, then try again.")
    case nil: error
    }
  }

  private static func understand(_ error: RPCError, method: String, _ name: String) -> GalleyError {
    let why = error.code == RPCError.cancelled ? "it was stopped meanwhile" : "\(error.message) (code \(error.code))"
    return GalleyError(
      error.code == RPCError.cancelled ? .interrupted : .software, "the worker '\(name)' refused '\(method)'", why: why,
      remedy: "Use the program and the worker from the same release.")
  }
}
