// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Recipes

/// Everything that recipes can ever need beyond the machine itself, known before anything is fetched.
///
/// It follows from the cards of the ingredients, the files that the recipes name, the lock of the native libraries, and
/// what the stages of a run open. A thing that several recipes need is there once.
public struct Closure: Sendable, Encodable {
  /// What some choice adds to the rest.
  public struct Marginal: Sendable, Encodable {
    /// The choice, or the member's name.
    public var name: String
    /// The choice; `nil` for a whole member.
    public var choice: ChoiceMade?
    /// Positions of the members that the choice is made in.
    public var members: [Int]
    /// Bytes of all that these members need.
    public var total: ByteTotal
    /// Bytes that no other member needs.
    public var marginal: ByteTotal
    /// Of these, bytes that have to be fetched.
    public var toFetch: ByteTotal
    /// Names of the things that no other member needs.
    public var items: [String]
  }

  /// The recipes.
  public let members: [ClosureMember]
  /// Combinations that make no recipe.
  public let leftOut: [RecipeFamily.LeftOut]
  /// What a reader should know.
  public let notes: [String]
  /// The things: artifacts, files, folders, libraries, programs, volumes.
  public let items: [ClosureItem]
  /// What is needed at run time, where the data set is left out.
  public let dataAtSite: [SiteDataNeed]

  /// Computes what a family of recipes needs.
  /// - Parameter dataAtSite: Whether the data set is left out, because it is there where the recipe is run.
  public init(_ family: RecipeFamily, _ sources: ClosureSources, dataAtSite: Bool = false) {
    var builder = ClosureBuilder(sources)
    for (position, member) in family.members.enumerated() {
      builder.add(member, at: position, dataAtSite: dataAtSite)
    }
    for volume in family.volumes { builder.addVolume(volume, members: family.members.indices) }
    members = family.members
    leftOut = family.leftOut
    notes = family.notes
    items = builder.finish()
    self.dataAtSite = dataAtSite ? SiteDataNeed.needs(of: family.members.map(\.recipe), sources.splits) : []
  }

  /// Bytes of everything, each thing once.
  public var total: ByteTotal { ByteTotal(items.lazy.map(\.byteCount)) }

  /// Bytes that have to be fetched.
  public var toFetch: ByteTotal { ByteTotal(missing.lazy.map(\.byteCount)) }

  /// The things that have to be fetched.
  public var missing: [ClosureItem] { items.filter { !$0.isHere } }

  /// The things that somebody needs who runs the recipes from their beginning up to some tasks.
  public func items(for tasks: [ClaimedTask]) -> [ClosureItem] {
    items.filter { item in tasks.contains { item.isNeeded(for: $0) } }
  }

  /// The same closure with the things only that some tasks need.
  public func limited(to tasks: [ClaimedTask]) -> Closure { Closure(self, items: items(for: tasks)) }

  private init(_ other: Closure, items: [ClosureItem]) {
    (members, leftOut, notes) = (other.members, other.leftOut, other.notes)
    self.items = items
    dataAtSite = other.dataAtSite
  }

  /// What each choice adds to the rest: for a family, each value at each of its places; else each recipe.
  public var marginals: [Marginal] {
    var choices: [ChoiceMade] = []
    for choice in members.flatMap(\.choices) where !choices.contains(choice) { choices.append(choice) }
    guard choices.isEmpty else {
      return choices.map { choice in
        let positions = members.indices.filter { members[$0].choices.contains(choice) }
        return marginal(of: positions, name: choice.description, choice)
      }
    }
    return members.indices.map { marginal(of: [$0], name: members[$0].name, nil) }
  }

  /// What some members add to the others.
  public func marginal(of positions: [Int]) -> Marginal { marginal(of: positions, name: "", nil) }

  private func marginal(of positions: [Int], name: String, _ choice: ChoiceMade?) -> Marginal {
    let chosen = Set(positions)
    let all = items.filter { $0.members.contains(where: chosen.contains) }
    let own = all.filter { $0.members.allSatisfy(chosen.contains) }
    return Marginal(
      name: name, choice: choice, members: positions, total: ByteTotal(all.map(\.byteCount)),
      marginal: ByteTotal(own.map(\.byteCount)), toFetch: ByteTotal(own.filter { !$0.isHere }.map(\.byteCount)),
      items: own.map(\.name))
  }

  private enum CodingKeys: String, CodingKey {
    case members, leftOut, notes, items, dataAtSite, total, toFetch, marginals
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(members, forKey: .members)
    try container.encode(leftOut, forKey: .leftOut)
    try container.encode(notes, forKey: .notes)
    try container.encode(items, forKey: .items)
    try container.encode(dataAtSite, forKey: .dataAtSite)
    try container.encode(total, forKey: .total)
    try container.encode(toFetch, forKey: .toFetch)
    try container.encode(marginals, forKey: .marginals)
  }
}
