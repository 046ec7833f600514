// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Serves requests over a worker's standard streams: one at a time, in their order; `describe` and `cancel` are
/// answered meanwhile.
///
/// ```swift
/// var server = WorkerServer(name: "torch", version: "0.1.0")
/// server.handle("train", as: TrainParameters.self) { parameters, context in
///   for epoch in 1...parameters.epochs {
///     try context.checkCancellation()
///     context.progress("training", completed: epoch, total: parameters.epochs, unit: "epochs")
///   }
///   return TrainResult()
/// }
/// await server.serve()
/// ```
public struct WorkerServer: Sendable {
  /// Gives facts that cost something to find, such as a library's version, when `describe` asks for them.
  public typealias Details = @Sendable () async throws -> [String: String]

  typealias Handler = @Sendable (IncomingMessage, WorkerContext) async throws -> any Encodable & Sendable

  let name: String
  let version: String
  let cards: [Card]
  let backend: BackendDescriptor?
  let details: Details?
  private(set) var handlers: [String: Handler] = [:]
  /// Longest message that is read, in bytes.
  public var messageLimit = 64 << 20
  /// How long a running handler may take to stop after the client has gone, before the process is ended.
  public var stopTimeout: Duration = .seconds(2)

  /// Creates a server without handlers.
  /// - Parameters:
  ///   - name: The worker's name, for messages: `torch`.
  ///   - version: The version of the worker's program.
  ///   - cards: The ingredients that the worker offers.
  ///   - backend: The backend that the worker hosts; it then has a handler for `run`.
  ///   - details: What `describe` adds.
  public init(
    name: String, version: String, cards: [Card] = [], backend: BackendDescriptor? = nil, details: Details? = nil
  ) {
    self.name = name
    self.version = version
    self.cards = cards
    self.backend = backend
    self.details = details
  }

  /// Registers the handler of a method. It runs on Swift's thread pool, never on the thread that reads.
  ///
  /// A `GalleyError` that it throws arrives at the client as the same error.
  public mutating func handle<Parameters: Decodable & Sendable, Result: Encodable & Sendable>(
    _ method: String, as type: Parameters.Type,
    _ body: @escaping @Sendable (Parameters, WorkerContext) async throws -> Result
  ) {
    handlers[method] = { message, context in
      try await body(try message.parameters(as: Parameters.self), context)
    }
  }

  /// What the worker says of itself before anything is loaded.
  var description: WorkerDescription {
    WorkerDescription(
      name: name, version: version, methods: handlers.keys.sorted(), cards: cards.isEmpty ? nil : cards,
      backend: backend)
  }

  /// Serves until `shutdown` or the end of the input; an idle server is blocked in a read.
  ///
  /// If a handler is still running `stopTimeout` after the client has gone, the process is ended; a description that is
  /// being found out has a minute more.
  @concurrent public func serve(on streams: WorkerStreams = .reservingStandardStreams()) async {
    let (requests, queue) = AsyncStream.makeStream(of: QueuedRequest.self)
    let session = ServerSession(self, writer: MessageWriter(streams.output), queue: queue)
    InputThread.start(streams.input, limit: messageLimit, stopTimeout: stopTimeout, session)
    for await request in requests {
      await session.run(request)
    }
    await session.waitForDescriptions()
  }
}
