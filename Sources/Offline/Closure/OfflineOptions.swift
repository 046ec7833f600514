// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Recipes

/// What may be chosen at a place, and what each choice needs that isn't here.
public struct OfflineOptions: Sendable, Encodable {
  /// One choice.
  public struct Choice: Sendable, Encodable {
    /// What a recipe writes.
    public var value: ConfigurationValue
    /// Whether the recipe works without a network with this choice: the rest of the recipe included.
    public var worksOffline: Bool
    /// What is missing because of this choice.
    public var missing: [ClosureItem]
    /// Bytes of that.
    public var toFetch: ByteTotal
  }

  /// What fits the place; what has to be fetched is that of the whole recipe with the choice.
  public var offers: Offers
  /// The choices, in the order of the offers.
  public var choices: [Choice]
  /// What the recipe lacks whatever is chosen here.
  public var common: [ClosureItem]
}

extension OfflineAnswering {
  /// What each choice at a place needs; a recipe that is incomplete is judged as far as it goes, one with variants
  /// without them.
  /// - Throws: `GalleyError` with the nearest name if there is no such place.
  public func options(
    _ path: String, tasks: [ClaimedTask] = ClaimedTask.allCases, dataAtSite: Bool = false
  ) throws(GalleyError) -> OfflineOptions {
    var offers = try draft.options(path)
    let lacking = offers.offered.map { offer in
      items(with: offer, at: offers.path, dataAtSite: dataAtSite).filter { item in
        !item.isHere && tasks.contains { item.isNeeded(for: $0) }
      }
    }
    // What every choice lacks, and none because of itself, says nothing of the choices.
    let common = (lacking.first ?? []).filter { item in
      !item.users.contains { $0.path.lies(in: offers.path) }
        && lacking.allSatisfy { $0.contains { $0.isSame(as: item) } }
    }
    var choices: [OfflineOptions.Choice] = []
    for (position, missing) in lacking.enumerated() {
      offers.offered[position].toFetch = missing.map(\.requirement)
      let sizes = missing.map(\.byteCount)
      offers.offered[position].bytesToFetch = sizes.contains(nil) ? nil : ByteTotal(sizes).known
      let own = missing.filter { item in !common.contains { $0.isSame(as: item) } }
      choices.append(
        OfflineOptions.Choice(
          value: offers.offered[position].value, worksOffline: missing.isEmpty, missing: own,
          toFetch: ByteTotal(own.map(\.byteCount))))
    }
    return OfflineOptions(offers: offers, choices: choices, common: common)
  }

  /// What the recipe needs with a choice.
  func items(with offer: Offer, at path: String, dataAtSite: Bool) -> [ClosureItem] {
    var changed = draft
    let name = offer.taxonomy.map(ConfigurationValue.string) ?? offer.value
    let isChosen =
      (try? changed.set(path, to: name)) != nil || (try? changed.set(path, to: .list([offer.value]))) != nil
    if !isChosen { return items(ofIngredient: offer.taxonomy, at: path) }
    _ = try? changed.fillEmpty()
    let member = ClosureMember(name: "", choices: [], filled: [], row: nil, recipe: changed.filledRecipe)
    var builder = ClosureBuilder(sources)
    builder.add(member, at: 0, dataAtSite: dataAtSite)
    return builder.finish()
  }

  /// What an ingredient needs that joins others under a name of its own.
  private func items(ofIngredient taxonomy: String?, at path: String) -> [ClosureItem] {
    guard let card = draft.catalogue.cards.first(where: { $0.taxonomy == taxonomy }) else { return [] }
    var recipe = draft.filledRecipe
    let slot = path.split(separator: ".").first.map(String.init) ?? path
    let place = recipe.slots.keys.first { path == $0 || path.hasPrefix("\($0).") } ?? slot
    recipe.slots[place]?.slots["\(path).\(card.name)"] = FilledSlot(
      card: card, options: [:], artifacts: card.artifacts)
    var builder = ClosureBuilder(sources)
    builder.add(
      ClosureMember(name: "", choices: [], filled: [], row: nil, recipe: recipe), at: 0, dataAtSite: false)
    return builder.finish()
  }
}

extension ClosureItem {
  /// Whether both are the same thing, whoever needs it.
  func isSame(as other: ClosureItem) -> Bool {
    kind == other.kind && name == other.name && digest == other.digest && role == other.role
  }
}

extension String {
  /// Whether a path is that of a place or lies in it.
  func lies(in place: String) -> Bool { self == place || hasPrefix("\(place).") }
}
