// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Recipes
public import Targets

/// Where the variants of a recipe are measured.
public struct MeasuringTargets: Sendable {
  private var local: any MeasuringTarget = LocalTarget()
  private let everywhere: (any MeasuringTarget)?
  private let named: [String: any MeasuringTarget]

  /// Chooses.
  /// - Parameters:
  ///   - everywhere: What measures all variants, whatever the recipe says.
  ///   - named: What measures the variants that name a target.
  public init(everywhere: (any MeasuringTarget)? = nil, named: [String: any MeasuringTarget] = [:]) {
    (self.everywhere, self.named) = (everywhere, named)
  }

  /// The same with another program that measures on this machine.
  func orLocal(_ target: LocalTarget) -> MeasuringTargets {
    var same = self
    same.local = target
    return same
  }

  /// What measures a variant.
  /// - Throws: `GalleyError` if it names a target that isn't at hand.
  func target(of variant: RecipeFile.Variant) throws(GalleyError) -> any MeasuringTarget {
    if let everywhere { return everywhere }
    guard let name = variant.target, name != local.targetName else { return local }
    if let target = named[name] { return target }
    throw GalleyError(
      .configuration, "can't measure '\(variant.name)'",
      why: "it names the target '\(name)', which this command doesn't use",
      remedy: "galley run measures on targets; 'galley target list' shows those that were declared.")
  }
}
