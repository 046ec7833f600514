// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Expressions

/// What fits a place of a recipe, and why the rest doesn't.
public struct Offers: Sendable, Hashable, Encodable {
  /// The place.
  public var path: String
  /// Its other names.
  public var synonyms: [String]
  /// What it is for.
  public var help: String
  /// What it accepts, in words.
  public var accepts: String
  /// What is there now, and who said so.
  public var current: ConfigurationValue?
  /// Who decided what is there now.
  public var origin: Origin
  /// What may be chosen, the best first.
  public var offered: [Offer]
  /// What may not, and why.
  public var refused: [RefusedOffer]
  /// What the catalogue lacks for this place; `nil` if nothing.
  public var gap: String?
}

/// One thing that may be chosen.
public struct Offer: Sendable, Hashable, Encodable {
  /// What a recipe writes: an ingredient's name, or a value.
  public var value: ConfigurationValue
  /// The ingredient's place in the catalogue.
  public var taxonomy: String?
  /// The ingredient's version.
  public var version: SemanticVersion?
  /// One sentence.
  public var help: String
  /// Whether it is the default.
  public var isDefault: Bool
  /// Whether it stands there now.
  public var isCurrent: Bool
  /// What must be fetched before it can be used, each artifact with its size if that is known.
  public var toFetch: [ArtifactRequirement]
  /// Bytes to fetch; `nil` if a size isn't known.
  public var bytesToFetch: Int?
  /// Automatic values that would change with it, by path, and why.
  public var alsoChanges: [String: ConfigurationValue]
  /// Why it should no longer be taken.
  public var deprecation: Deprecation?

  /// Whether it works without a network.
  public var worksOffline: Bool { toFetch.isEmpty }

  private enum CodingKeys: String, CodingKey {
    case value, taxonomy, version, help, isDefault, isCurrent, toFetch, bytesToFetch, alsoChanges, deprecation
    case worksOffline
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(value, forKey: .value)
    try container.encodeIfPresent(taxonomy, forKey: .taxonomy)
    try container.encodeIfPresent(version, forKey: .version)
    try container.encode(help, forKey: .help)
    try container.encode(isDefault, forKey: .isDefault)
    try container.encode(isCurrent, forKey: .isCurrent)
    try container.encode(toFetch, forKey: .toFetch)
    try container.encodeIfPresent(bytesToFetch, forKey: .bytesToFetch)
    try container.encode(alsoChanges, forKey: .alsoChanges)
    try container.encodeIfPresent(deprecation, forKey: .deprecation)
    try container.encode(worksOffline, forKey: .worksOffline)
  }
}

/// One thing that may not be chosen here.
public struct RefusedOffer: Sendable, Hashable, Encodable {
  /// The ingredient's place in the catalogue, or the value.
  public var name: String
  /// Why not, as a sentence.
  public var reason: String
}

extension RecipeDraft {
  /// What fits a place.
  /// - Parameter isHere: Whether an artifact need not be fetched, because the pantry or the machine has it.
  /// - Throws: `GalleyError` if there is no such place.
  public func options(
    _ path: String, isHere: (ArtifactRequirement) -> Bool = { _ in false }
  ) throws(GalleyError) -> Offers {
    guard let entry = try entries(at: path).first else { throw unknown(path) }
    var offers = Offers(
      path: entry.path, synonyms: entry.declaration.synonyms, help: entry.declaration.help,
      accepts: entry.declaration.kind.summary, current: entry.value, origin: entry.origin, offered: [], refused: [],
      gap: entry.declaration.kind.isSlot ? resolution.gap(entry.declaration.kind) : nil)
    if offers.gap?.isEmpty == true { offers.gap = nil }
    for candidate in candidates(for: entry) {
      let value = candidate.value
      switch effect(of: candidate, at: entry) {
      case .fits(let changes):
        let toFetch = candidate.artifacts.filter { !isHere($0) }
        let sizes = toFetch.map(\.byteCount)
        offers.offered.append(
          Offer(
            value: value, taxonomy: candidate.card?.taxonomy, version: candidate.card?.version, help: candidate.help,
            isDefault: entry.declaration.defaultValue == value, isCurrent: entry.value == value, toFetch: toFetch,
            bytesToFetch: sizes.contains(nil) ? nil : sizes.compactMap { $0 }.reduce(0, +), alsoChanges: changes,
            deprecation: candidate.deprecation))
      case .contradicts(let reason):
        offers.refused.append(RefusedOffer(name: candidate.card?.taxonomy ?? value.description, reason: reason))
      }
    }
    if entry.declaration.kind.isSlot { offers.refused += others(than: entry.declaration.kind) }
    return offers
  }

  /// Something that may stand at a place.
  struct Candidate {
    var value: ConfigurationValue
    var card: Card?
    var help: String
    var artifacts: [ArtifactRequirement]
    var deprecation: Deprecation?
  }

  private func candidates(for entry: RecipeEntry) -> [Candidate] {
    switch entry.declaration.kind {
    case .bool:
      return [true, false].map { Candidate(value: .bool($0), help: "", artifacts: []) }
    case .choice(let choices), .multipleChoice(let choices):
      return choices.map {
        Candidate(
          value: $0.value, help: $0.help ?? "", artifacts: $0.artifacts, deprecation: $0.deprecation)
      }
    case let kind where kind.isSlot:
      return catalogue.fitting(kind.accepted).map {
        Candidate(
          value: .string($0.name), card: $0, help: $0.summary, artifacts: $0.artifacts, deprecation: $0.deprecation)
      }
    default:
      return []
    }
  }

  private enum Effect {
    case fits([String: ConfigurationValue])
    case contradicts(String)
  }

  /// What choosing `candidate` would do: nothing, a change of automatic values, or a contradiction.
  private func effect(of candidate: Candidate, at entry: RecipeEntry) -> Effect {
    switch entry.declaration.kind {
    case .ingredient, .choice, .bool: break
    default: return .fits([:])
    }
    let value = candidate.card.map { ConfigurationValue.string($0.taxonomy) } ?? candidate.value
    guard entry.value != candidate.value || !resolution.violations.isEmpty else { return .fits([:]) }
    let next = Resolution(document.applying(edit(entry, value)), catalogue: catalogue)
    let known = Set(resolution.violations.map(\.id))
    guard next.violations.contains(where: { !known.contains($0.id) }) else { return .fits([:]) }
    switch Conflict.find(in: next) {
    case .none: return .fits([:])
    case .repairable(let changes):
      return .fits(
        Dictionary(changes.map { ($0.path, ConfigurationValue($0.value)) }, uniquingKeysWith: { _, last in last }))
    case .undecided(let broken):
      return .contradicts(broken.map { "\($0.reason) (\($0.condition))" }.joined(separator: "; "))
    case .contradiction(let choices, let broken):
      let others = choices.filter { $0.path != entry.path }.map(\.description).joined(separator: " and ")
      let reasons = broken.map { "\($0.reason) (\($0.condition))" }.joined(separator: "; ")
      return .contradicts(others.isEmpty ? reasons : "contradicts \(others): \(reasons)")
    }
  }

  /// Ingredients of the same kind that the slot doesn't take, so that nobody looks for them in vain.
  private func others(than kind: OptionKind) -> [RefusedOffer] {
    let roots = Set(kind.accepted.compactMap { $0.split(separator: ".").first.map(String.init) })
    let fitting = Set(catalogue.fitting(kind.accepted).map(\.taxonomy))
    let slot = kind.accepted.joined(separator: " or ")
    return catalogue.fitting(roots.sorted()).filter { !fitting.contains($0.taxonomy) }
      .map { RefusedOffer(name: $0.taxonomy, reason: "the slot takes \(slot)") }
  }
}
