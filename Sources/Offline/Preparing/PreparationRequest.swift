// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Recipes

/// What is to be prepared of recipes.
public struct PreparationRequest: Sendable {
  /// The tasks that are claimed.
  public var tasks: [ClaimedTask]
  /// Whether the data set is left out, because it is at the site.
  public var isDataAtSite: Bool
  /// Which licences may be carried.
  public var licences: LicenceRules
  /// Whether the claims are proven, or only closed.
  public var proves: Bool
  /// The longest that one proof may take.
  public var timeLimit: Duration

  /// A request; its claims are proven.
  public init(
    tasks: [ClaimedTask] = [.bench], isDataAtSite: Bool = false, licences: LicenceRules, proves: Bool = true,
    timeLimit: Duration = .seconds(1800)
  ) {
    self.tasks = tasks.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    self.isDataAtSite = isDataAtSite
    self.licences = licences
    self.proves = proves
    self.timeLimit = timeLimit
  }
}

/// Something to tell while recipes are prepared.
public enum PreparationEvent: Sendable {
  /// The closure is known.
  case closed(Closure)
  /// An artifact is fetched next.
  case fetching(ArtifactRequirement)
  /// A part of the work begins: words for a person, "Preparing the recipe digits".
  case begins(String)
  /// Something that a reader should know.
  case warning(String)
  /// A proof is over.
  case proven(KeptClaim, ProofRecord)
}

/// A claim that was prepared.
public struct PreparedClaim: Sendable {
  /// The claim as it is kept.
  public var claim: KeptClaim
  /// What the proof recorded; `nil` if it was not run.
  public var record: ProofRecord?
}
