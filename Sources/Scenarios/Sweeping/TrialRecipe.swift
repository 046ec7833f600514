// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Golden
internal import Recipes

/// A trial as a recipe's text: the sweep's recipe with the trial's values replaced in each variant.
struct TrialRecipe {
  let text: String
  /// Names of the variants, in their order.
  let variants: [String]

  /// - Parameters:
  ///   - trial: The values.
  ///   - base: The sweep's recipe.
  ///   - sweep: The sweep's name.
  /// - Throws: `GalleyError` if the recipe's text is written in a way that can't be changed.
  init(_ trial: SweepTrial, base: RecipeText, sweep: String) throws(GalleyError) {
    var text = base
    var made: [(name: String, set: [String: ConfigurationValue])] = []
    if case .list(let variants)? = base.value(at: ["variants"]) {
      for case .map(let variant) in variants {
        guard case .string(let name)? = variant["name"] else { continue }
        var set: [String: ConfigurationValue] = [:]
        if case .map(let said)? = variant["set"] { set = said }
        made.append(("\(trial.name) \(name)", set.merging(trial.settings) { $1 }))
      }
    }
    if made.isEmpty { made = [(trial.name, trial.settings)] }
    try text.set(["recipe"], to: .string("\(sweep) \(trial.name)"))
    try text.set(
      ["variants"], to: .list(made.map { .map(["name": .string($0.name), "set": .map($0.set)]) }))
    self.text = text.text
    variants = made.map(\.name)
  }
}
