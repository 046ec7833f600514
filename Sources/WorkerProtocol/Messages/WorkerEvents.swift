// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What an engine's user is told while a request is worked on: a notification of the worker.
public struct WorkerEvents: Sendable, Hashable, Codable {
  /// The request.
  public var request: RequestID
  /// The events, oldest first.
  public var events: [EngineEvent]

  enum CodingKeys: String, CodingKey {
    case request = "id"
    case events
  }

  /// Creates a message.
  public init(request: RequestID, events: [EngineEvent]) {
    self.request = request
    self.events = events
  }
}

/// Events that wait to be sent together.
package struct EventBatch {
  /// Events of one message, at most.
  package static let limit = 512
  /// How long steps and items may wait for others.
  static let patience = Duration.milliseconds(100)

  private var events: [EngineEvent] = []
  private var lastSent: ContinuousClock.Instant?

  package init() {}

  var isEmpty: Bool { events.isEmpty }

  /// Adds an event, and says whether it is time to send.
  package mutating func add(_ event: EngineEvent, now: ContinuousClock.Instant = .now) -> Bool {
    events.append(event)
    switch event {
    case .step, .item: break
    default: return true
    }
    return events.count >= Self.limit || lastSent.map { $0.duration(to: now) >= Self.patience } ?? true
  }

  /// The message of what waits.
  package mutating func take(_ request: RequestID, now: ContinuousClock.Instant = .now) -> WorkerEvents {
    lastSent = now
    defer { events = [] }
    return WorkerEvents(request: request, events: events)
  }
}
