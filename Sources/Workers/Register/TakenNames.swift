// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import WorkerProtocol

/// The names that ingredients and backends have already; a second one of a name couldn't be chosen.
public struct TakenNames: Sendable {
  private var summaries: [String: String] = [:]
  private var backends: Set<String> = []

  /// The names of these.
  public init(cards: [Card] = [], backends: [String] = []) {
    for card in cards { summaries[card.taxonomy] = card.summary }
    self.backends = Set(backends)
  }

  /// Adds what a worker offers.
  public mutating func add(_ worker: RegisteredWorker) {
    for card in worker.cards { summaries[card.taxonomy] = card.summary }
    if let backend = worker.description.backend { backends.insert(backend.id) }
  }

  /// What of a worker has a name that is taken, as a clause; `nil` if nothing has.
  public func conflict(with worker: RegisteredWorker) -> String? {
    for card in worker.cards {
      if let other = summaries[card.taxonomy] { return "there is another '\(card.taxonomy)' already: \(other)" }
    }
    guard let id = worker.description.backend?.id, backends.contains(id) else { return nil }
    return "there is another backend '\(id)' already"
  }
}
