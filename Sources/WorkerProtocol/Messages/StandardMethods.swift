// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The version of the protocol; it changes when an older end would misunderstand a newer one.
public let workerProtocolVersion = 1

/// The methods and notifications that every worker understands or sends.
public enum StandardMethod {
  /// Request, first of all: both ends say who they are. Parameters `InitializeParameters`, result `WorkerDescription`.
  public static let initialize = "initialize"
  /// Request: the same result with the worker's details, answered also while another request runs.
  public static let describe = "describe"
  /// Notification to the worker: the request `id` is no longer wanted.
  public static let cancel = "cancel"
  /// Request: the worker answers, cancels what runs, and ends.
  public static let shutdown = "shutdown"
  /// Request to a worker that hosts a backend: one verb of an engine. Parameters `VerbRequest`, result `VerbResult`.
  public static let run = "run"
  /// Notification from the worker: `WorkerEvents`.
  public static let event = "event"
  /// Notification from the worker: `WorkerProgress`.
  public static let progress = "progress"
  /// Notification from the worker: `WorkerLogLine`.
  public static let log = "log"
}

/// What a client says of itself.
public struct InitializeParameters: Sendable, Hashable, Codable {
  /// The version of the protocol that the client speaks.
  public var protocolVersion: Int

  /// Creates the parameters.
  public init(protocolVersion: Int = workerProtocolVersion) { self.protocolVersion = protocolVersion }
}

/// What a worker says of itself.
public struct WorkerDescription: Sendable, Hashable, Codable {
  /// The version of the protocol that the worker speaks.
  public var protocolVersion: Int
  /// The worker's name, for messages: `torch`.
  public var name: String
  /// The version of the worker's program.
  public var version: String
  /// The methods that it handles, besides the standard ones, in alphabetical order.
  public var methods: [String]
  /// The ingredients that it offers.
  public var cards: [Card]?
  /// The backend that it hosts, whose verbs `run` does.
  public var backend: BackendDescriptor?
  /// Facts about what it hosts, such as a library's version and path; given by `describe` only.
  public var details: [String: String]?

  /// Creates a description.
  public init(
    protocolVersion: Int = workerProtocolVersion, name: String, version: String, methods: [String],
    cards: [Card]? = nil, backend: BackendDescriptor? = nil, details: [String: String]? = nil
  ) {
    self.protocolVersion = protocolVersion
    self.name = name
    self.version = version
    self.methods = methods
    self.cards = cards
    self.backend = backend
    self.details = details
  }
}

extension WorkerDescription {
  /// Refuses a worker that speaks another version of the protocol.
  /// - Throws: `GalleyError` (`unavailable`).
  package func checkVersion(of name: String) throws(GalleyError) {
    guard protocolVersion == workerProtocolVersion else {
      throw GalleyError(
        .unavailable, "can't speak with the worker '\(name)'",
        why: "it speaks version \(protocolVersion) of the protocol, not \(workerProtocolVersion)",
        remedy: "Install the worker and the program that starts it from the same release.")
    }
  }
}

/// Names the request that is no longer wanted.
public struct CancelParameters: Sendable, Hashable, Codable {
  /// The request's id.
  public var id: RequestID

  /// Creates the parameters.
  public init(id: RequestID) { self.id = id }
}

/// Parameters or a result without content: an empty object, and whatever an end sends is accepted.
public struct Nothing: Sendable, Hashable, Codable {
  /// Creates nothing.
  public init() {}

  /// Accepts whatever there is.
  public init(from decoder: any Decoder) {}
}
