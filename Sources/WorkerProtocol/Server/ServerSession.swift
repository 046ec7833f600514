// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization

/// A request that waits for its turn.
struct QueuedRequest: Sendable {
  var message: IncomingMessage
  var context: WorkerContext
  var handler: WorkerServer.Handler
}

/// What one connection of a server does with each line it reads.
final class ServerSession: Sendable {
  /// What may happen to the connection after a line.
  enum Next { case proceed, end }

  private struct State {
    /// Requests that have arrived and are not answered, the running one included.
    var open: [RequestID: WorkerContext] = [:]
    var running: (id: RequestID, task: Task<Void, Never>)?
    /// Descriptions that are being found out, by a number of their own.
    var descriptions: [Int: Task<Void, Never>] = [:]
    var descriptionCount = 0
  }

  private let server: WorkerServer
  private let writer: MessageWriter
  private let queue: AsyncStream<QueuedRequest>.Continuation
  private let state = Mutex(State())

  init(_ server: WorkerServer, writer: MessageWriter, queue: AsyncStream<QueuedRequest>.Continuation) {
    self.server = server
    self.writer = writer
    self.queue = queue
  }

  // MARK: On the reading thread

  /// Takes one piece of the input.
  func receive(_ piece: LineSplitter.Piece) -> Next {
    guard case .line(let line) = piece else {
      let error = RPCError(RPCError.invalidRequest, "a message is longer than \(server.messageLimit) bytes")
      writer.fail(.null, error)
      return .proceed
    }
    do {
      return receive(try IncomingMessage(line))
    } catch {
      writer.fail(IncomingMessage.requestID(in: line), error)
      return .proceed
    }
  }

  private func receive(_ message: IncomingMessage) -> Next {
    switch message.kind {
    case .request(let id, let method):
      return take(message, id, method)
    case .notification(StandardMethod.cancel):
      if let parameters = try? message.parameters(as: CancelParameters.self) { cancel(parameters.id) }
    case .notification, .result, .failure:
      // The standard forbids an answer to a notification; a worker asks nothing, so answers to it mean nothing.
      break
    }
    return .proceed
  }

  private func take(_ message: IncomingMessage, _ id: RequestID, _ method: String) -> Next {
    switch method {
    case StandardMethod.initialize: initialize(message, id)
    case StandardMethod.describe: describe(id)
    case StandardMethod.shutdown:
      writer.answer(id, Nothing())
      return .end
    default: enqueue(message, id, method)
    }
    return .proceed
  }

  private func initialize(_ message: IncomingMessage, _ id: RequestID) {
    do throws(RPCError) {
      let parameters = try message.parameters(as: InitializeParameters.self)
      guard parameters.protocolVersion == workerProtocolVersion else {
        throw RPCError(
          GalleyError(
            .unavailable, "can't speak with the worker '\(server.name)'",
            why: "it speaks version \(workerProtocolVersion) of the protocol, not \(parameters.protocolVersion)",
            remedy: "Install the worker and the program that starts it from the same release."))
      }
      writer.answer(id, server.description)
    } catch {
      writer.fail(id, error)
    }
  }

  private func describe(_ id: RequestID) {
    guard let details = server.details else { return writer.answer(id, server.description) }
    state.withLock { state in
      let number = state.descriptionCount
      state.descriptionCount += 1
      // Made within the lock, so that it is noted before it can be done.
      state.descriptions[number] = Task.detached {
        await self.describe(id, details)
        self.state.withLock { $0.descriptions[number] = nil }
      }
    }
  }

  private func describe(_ id: RequestID, _ details: WorkerServer.Details) async {
    do {
      var description = server.description
      description.details = try await details()
      writer.answer(id, description)
    } catch {
      writer.fail(id, Self.answer(for: error))
    }
  }

  private func enqueue(_ message: IncomingMessage, _ id: RequestID, _ method: String) {
    guard let handler = server.handlers[method] else {
      let guess = NearestName.match(method, in: server.handlers.keys).map { "; did you mean '\($0)'?" } ?? ""
      let error = RPCError(RPCError.methodNotFound, "the worker '\(server.name)' has no method '\(method)'\(guess)")
      return writer.fail(id, error)
    }
    let context = WorkerContext(request: id, writer: writer)
    let isNew = state.withLock { state in
      guard state.open[id] == nil else { return false }
      state.open[id] = context
      return true
    }
    guard isNew else { return writer.fail(id, RPCError(RPCError.invalidRequest, "the id \(id) is in use")) }
    queue.yield(QueuedRequest(message: message, context: context, handler: handler))
  }

  private func cancel(_ id: RequestID) {
    state.withLock { state in
      guard let context = state.open[id] else { return }
      context.cancel()
      if let running = state.running, running.id == id { running.task.cancel() }
    }
  }

  /// Ends the connection: what waits is refused and what runs is cancelled.
  func close() {
    queue.finish()
    state.withLock { state in
      for context in state.open.values { context.cancel() }
      state.running?.task.cancel()
    }
  }

  /// Whether a handler has something to do.
  var hasRequests: Bool { state.withLock { !$0.open.isEmpty } }

  /// Whether every request has been answered.
  var isIdle: Bool { state.withLock { $0.open.isEmpty && $0.descriptions.isEmpty } }

  // MARK: On the thread pool

  /// Works on one request until it is answered.
  func run(_ request: QueuedRequest) async {
    let task = state.withLock { state in
      // Made within the lock, so that a cancellation finds either no task yet or this one.
      let task = Task { await self.answer(request) }
      state.running = (request.context.request, task)
      return task
    }
    await task.value
  }

  /// Waits for descriptions that are still being found out: a process that ends while a library is being loaded takes
  /// apart what the loading thread is putting together.
  func waitForDescriptions() async {
    for task in state.withLock({ Array($0.descriptions.values) }) { await task.value }
  }

  private func answer(_ request: QueuedRequest) async {
    let id = request.context.request
    do {
      try request.context.checkCancellation()
      let result = try await request.handler(request.message, request.context)
      request.context.flushEvents()
      forget(id)
      writer.answer(id, result)
    } catch {
      request.context.flushEvents()
      forget(id)
      writer.fail(id, Self.answer(for: error))
    }
  }

  /// The id is free again before the answer is written: whoever reads the answer may use it anew.
  private func forget(_ id: RequestID) {
    state.withLock { state in
      state.open[id] = nil
      state.running = nil
    }
  }

  private static func answer(for error: any Error) -> RPCError {
    switch error {
    case let error as RPCError: error
    case let error as GalleyError: RPCError(error)
    case is CancellationError: RPCError(RPCError.cancelled, "the request was cancelled")
    default: RPCError(GalleyError(.software, "the worker failed", why: "\(error)"), code: RPCError.internalError)
    }
  }
}
