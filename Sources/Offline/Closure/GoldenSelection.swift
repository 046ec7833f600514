// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Golden
internal import Statistics

/// Which rows of golden volumes are meant.
public enum GoldenSelection: Sendable {
  /// The row whose id begins with these digits.
  case row(String)
  /// Every row for which a condition holds.
  case query(GoldenCondition)
  /// The rows that trade accuracy against other metrics best.
  case choice(ChoiceRequest)

  /// The rows, in the order of the choice; of a query, the oldest first.
  /// - Throws: `GalleyError` if a volume can't be read, if no row or several have such an id, if nothing fulfils the
  ///   condition, or if the rows can't be compared.
  public func rows(of volumes: GoldenVolumes) throws(GalleyError) -> [GoldenRow] {
    switch self {
    case .row(let digits):
      return [try volumes.row(digits)]
    case .query(let condition):
      let rows = try volumes.rows(where: condition)
      guard rows.isEmpty else { return rows }
      throw GalleyError(
        .missingInput, "can't take rows of \(volumes.volumes.map(\.name).joined(separator: ", "))",
        why: "no row fulfils the condition", remedy: "galley golden list shows the rows.")
    case .choice(let request):
      let choice = try volumes.choose(request)
      var rows: [GoldenRow] = []
      for position in choice.answer.rows { rows.append(try volumes.row(choice.candidates[position].id)) }
      guard rows.isEmpty else { return rows }
      throw GalleyError(
        .missingInput, "can't take rows of \(volumes.volumes.map(\.name).joined(separator: ", "))",
        why: "no row keeps the bounds", remedy: "galley golden pareto shows which come nearest.")
    }
  }
}

/// How rows of golden volumes become recipes.
public struct GoldenRecipeOptions: Sendable, Hashable {
  /// The task that rows must be of; `nil` for any.
  public var task: String?
  /// A data set that takes the place of the rows' own: an absolute path, or `sha256:` and a digest.
  public var data: String?
  /// Whether an ingredient may be taken in a newer version than the row's.
  public var allowsUpgrade: Bool
  /// Whether ingredients and choices may be taken that should no longer be.
  public var allowsDeprecated: Bool
  /// Whether places that a row leaves empty are filled as `galley recipe fill` does.
  public var fillsDefaults: Bool

  /// Chooses how; without choices only rows are taken that mean here exactly what they meant when they were measured.
  public init(
    task: String? = nil, data: String? = nil, allowsUpgrade: Bool = false, allowsDeprecated: Bool = false,
    fillsDefaults: Bool = false
  ) {
    self.task = task
    self.data = data
    self.allowsUpgrade = allowsUpgrade
    self.allowsDeprecated = allowsDeprecated
    self.fillsDefaults = fillsDefaults
  }
}
