// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Recipes

/// A thing that may not be carried because of its licence.
public struct LicenceRefusal: Sendable, Encodable {
  /// Choices with which the recipe does without the thing.
  public struct Alternative: Sendable, Hashable, Encodable {
    /// The place.
    public var path: String
    /// What could be chosen there.
    public var values: [ConfigurationValue]
  }

  /// The thing.
  public var item: ClosureItem
  /// Why its licence is refused, as a clause.
  public var reason: String
  /// Recipes of the family that don't need it, by name.
  public var membersWithout: [String]
  /// Choices with which the recipe doesn't need it.
  public var alternatives: [Alternative]

  /// The refusal as a sentence.
  public var sentence: String {
    let users = item.users.map { "\($0.path) (\($0.ingredient))" }.joined(separator: ", ")
    var text = "\(item.name): \(reason); needed by \(users)."
    let choices = alternatives.map { "\($0.path)=\($0.values.map(\.description).joined(separator: "|"))" }
    if !choices.isEmpty { text += " Without it: \(choices.joined(separator: ", "))." }
    if !membersWithout.isEmpty { text += " Recipes without it: \(membersWithout.joined(separator: "; "))." }
    if choices.isEmpty, membersWithout.isEmpty { text += " No choice does without it." }
    return text
  }
}

extension Closure {
  /// The things whose licences the rules refuse.
  /// - Parameter answering: The recipe, if the closure is of one: it tells which choices do without the thing.
  public func refusals(by rules: LicenceRules, answering: OfflineAnswering? = nil) -> [LicenceRefusal] {
    items.compactMap { item in
      guard case .refused(let reason) = rules.verdict(item.licence) else { return nil }
      let needing = Set(item.members)
      return LicenceRefusal(
        item: item, reason: reason,
        membersWithout: members.indices.filter { !needing.contains($0) }.map { members[$0].name },
        alternatives: answering.map { $0.alternatives(to: item) } ?? [])
    }
  }
}

extension OfflineAnswering {
  /// The choices with which the recipe doesn't need a thing, at the places that need it.
  func alternatives(to item: ClosureItem) -> [LicenceRefusal.Alternative] {
    var found: [LicenceRefusal.Alternative] = []
    for user in item.users {
      guard let offers = offers(around: user.path), !found.contains(where: { $0.path == offers.path }) else { continue }
      let values = offers.offered.filter { offer in
        !offer.isCurrent
          && !items(with: offer, at: offers.path, dataAtSite: false).contains { $0.isSame(as: item) }
      }.map(\.value)
      if !values.isEmpty { found.append(.init(path: offers.path, values: values)) }
    }
    return found
  }

  /// What may be chosen at a place, or at the nearest one around it that offers a choice.
  private func offers(around path: String) -> Offers? {
    var place = path[...]
    while !place.isEmpty {
      if let offers = try? draft.options(String(place)), offers.offered.count > 1 { return offers }
      guard let dot = place.lastIndex(of: ".") else { return nil }
      place = place[..<dot]
    }
    return nil
  }
}
