// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The backends that a program offers: an explicit list, in which the order means nothing.
public struct BackendRegistry: Sendable {
  /// The backends, by id.
  public let backends: [any Backend]

  /// Lists backends.
  /// - Throws: `GalleyError` if two have the same id.
  public init(_ backends: [any Backend]) throws(GalleyError) {
    self.backends = backends.sorted { $0.descriptor.id < $1.descriptor.id }
    var ids: Set<String> = []
    for backend in backends where !ids.insert(backend.descriptor.id).inserted {
      throw GalleyError(
        .software, "can't offer the backends", why: "two have the id '\(backend.descriptor.id)'")
    }
  }

  /// The ids, sorted.
  public var ids: [String] { backends.map(\.descriptor.id) }

  /// The backend of an id.
  /// - Throws: `GalleyError` with the nearest id if there is none.
  public func backend(_ id: String) throws(GalleyError) -> any Backend {
    if let backend = backends.first(where: { $0.descriptor.id == id }) { return backend }
    throw GalleyError(
      .usage, "can't choose the backend", at: id, why: "there is no backend '\(id)'",
      remedy: NearestName.match(id, in: ids).map { "Did you mean '\($0)'?" }
        ?? "There is \(ids.joined(separator: ", ")).")
  }

  /// The architectures of all backends, each with those that offer it, in the order of their names.
  public var architectures: [(card: Card, backends: [String])] {
    var found: [String: (card: Card, backends: [String])] = [:]
    for backend in backends {
      for card in backend.architectures {
        found[card.taxonomy, default: (card, [])].backends.append(backend.descriptor.id)
      }
    }
    return found.values.sorted { ($0.card.name, $0.card.taxonomy) < ($1.card.name, $1.card.taxonomy) }
  }

  /// The architecture of a name or taxonomy.
  public func architecture(_ name: String) -> Card? {
    architectures.first { $0.card.name == name || $0.card.taxonomy == name }?.card
  }
}

/// Which backend does some work, and what every other one said.
public struct BackendDecision: Sendable, Hashable, Codable {
  /// What one backend said.
  public struct Answer: Sendable, Hashable, Codable {
    /// The backend's id.
    public var id: String
    /// Its answer.
    public var match: BackendMatch
  }

  /// The chosen backend's id.
  public var id: String
  /// Its version.
  public var version: SemanticVersion
  /// Whether the caller named it.
  public var wasGiven: Bool
  /// Why it was chosen.
  public var reason: String
  /// What each backend said, by id.
  public var answers: [Answer]
}

extension BackendRegistry {
  /// The backend that does a verb with a model: the one that is named, or else the one that scores highest.
  ///
  /// Equal arguments give equal answers: neither the order of the backends nor the machine plays a part.
  /// - Throws: `GalleyError` if two score highest, if none takes the work (with each one's reasons), or if the one that
  ///   is named doesn't (with its reasons and the nearest one that does).
  public func decide(
    _ verb: EngineVerb, _ model: ModelReference, task: EngineTask, named id: String? = nil
  ) throws(GalleyError) -> (backend: any Backend, decision: BackendDecision) {
    let answers = backends.map {
      BackendDecision.Answer(id: $0.descriptor.id, match: $0.match(verb, model, task: task))
    }
    let chosen: (id: String, reason: String)
    if let id { chosen = try named(id, verb, model, answers) } else { chosen = try best(verb, model, answers) }
    let backend = try backend(chosen.id)
    return (
      backend,
      BackendDecision(
        id: chosen.id, version: backend.descriptor.version, wasGiven: id != nil, reason: chosen.reason,
        answers: answers)
    )
  }

  /// The backend that takes the work best, leaving out one; `nil` if no other does.
  func alternative(
    to id: String, _ verb: EngineVerb, _ model: ModelReference, task: EngineTask,
    where suits: (any Backend) -> Bool = { _ in true }
  ) -> String? {
    let willing = backends.compactMap { backend -> (id: String, score: Int)? in
      guard backend.descriptor.id != id, suits(backend),
        case .yes(let score, _) = backend.match(verb, model, task: task)
      else { return nil }
      return (backend.descriptor.id, score)
    }
    return willing.max { ($0.score, $1.id) < ($1.score, $0.id) }?.id
  }

  private func named(
    _ id: String, _ verb: EngineVerb, _ model: ModelReference, _ answers: [BackendDecision.Answer]
  ) throws(GalleyError) -> (id: String, reason: String) {
    let backend = try backend(id)
    switch answers.first(where: { $0.id == backend.descriptor.id })?.match {
    case .yes(_, let reason)?: return (id, reason)
    case .no(let reasons)?:
      let others = Self.willing(answers)
      throw GalleyError(
        .configuration, "can't \(verb.rawValue) with the backend '\(id)'", at: model.summary,
        why: reasons.joined(separator: "; "),
        remedy: others.first.map { "The backend '\($0.id)' can; leave --backend out or name it." }
          ?? "No other backend can either.")
    case nil: throw GalleyError(.software, "can't choose the backend", why: "'\(id)' gave no answer")
    }
  }

  private func best(
    _ verb: EngineVerb, _ model: ModelReference, _ answers: [BackendDecision.Answer]
  ) throws(GalleyError) -> (id: String, reason: String) {
    let willing = Self.willing(answers)
    guard let first = willing.first else {
      let reasons = answers.map { answer in
        guard case .no(let reasons) = answer.match else { return answer.id }
        return "\(answer.id): \(reasons.joined(separator: "; "))"
      }
      throw GalleyError(
        .configuration, "can't \(verb.rawValue) this model", at: model.summary,
        why: reasons.isEmpty
          ? "there are no backends" : "no backend takes it\n  " + reasons.joined(separator: "\n  "),
        remedy: "galley models lists what each backend can.")
    }
    if let second = willing.dropFirst().first, second.score == first.score {
      throw GalleyError(
        .configuration, "can't choose a backend", at: model.summary,
        why: "'\(first.id)' (\(first.reason)) and '\(second.id)' (\(second.reason)) suit equally",
        remedy: "Name one of them with --backend.")
    }
    return (first.id, first.reason)
  }

  private static func willing(
    _ answers: [BackendDecision.Answer]
  ) -> [(id: String, score: Int, reason: String)] {
    answers.compactMap { answer in
      guard case .yes(let score, let reason) = answer.match else { return nil }
      return (answer.id, score, reason)
    }.sorted { ($1.score, $0.id) < ($0.score, $1.id) }
  }
}
