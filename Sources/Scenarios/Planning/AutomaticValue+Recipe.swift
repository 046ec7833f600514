// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import Reports

extension AutomaticValue {
  /// What a recipe's variants and the machine leave to Galley, in the order of the paths.
  static func values(of file: RecipeFile, _ limits: ResourceLimits) -> [AutomaticValue] {
    var values: [AutomaticValue] = []
    for variant in file.variants {
      for value in variant.recipe.allSlots.flatMap({ unchosen(in: $1, at: $0) }) {
        let same = values.firstIndex {
          ($0.path, $0.value, $0.origin) == (value.path, value.value, value.origin)
        }
        if let same {
          values[same].variants.append(variant.name)
        } else {
          values.append(
            AutomaticValue(path: value.path, value: value.value, origin: value.origin, variants: [variant.name]))
        }
      }
    }
    for index in values.indices where values[index].variants.count == file.variants.count {
      values[index].variants = []
    }
    return values.sorted { ($0.path, $0.value) < ($1.path, $1.value) } + machine(limits)
  }

  private static func machine(_ limits: ResourceLimits) -> [AutomaticValue] {
    [
      AutomaticValue(
        path: "machine.memory", value: NumberText.bytes(limits.memoryBytes), origin: limits.memoryOrigin, variants: []),
      AutomaticValue(
        path: "machine.stages", value: "\(limits.stages) at once", origin: limits.stagesOrigin, variants: []),
    ].filter { $0.origin != ResourceLimits.given }
  }

  /// The ingredient itself and its options, as far as nobody said them.
  private static func unchosen(
    in slot: FilledSlot, at path: String
  ) -> [(path: String, value: String, origin: String)] {
    var found: [(path: String, value: String, origin: String)] = []
    if let origin = slot.origins[Recipe.ingredientKey], !origin.isSaid {
      found.append((path, slot.card.name, "\(origin)"))
    }
    for (name, value) in slot.options.sorted(by: { $0.key < $1.key }) where !slot.chosen.contains(name) {
      let origin = slot.origins[name]?.description ?? "default of \(slot.card.taxonomy)"
      found.append(("\(path).\(name)", value.description, origin))
    }
    return found
  }
}

extension Pantry {
  /// The names of the artifacts whose digests begin with two digits.
  func artifactNames(in digits: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/artifacts/\(digits)")) ?? []).sorted()
  }
}
