// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// From places to a recipe that can be run.
extension Resolution {
  /// The recipe, as far as its slots are filled.
  func recipe(name: String, seed: UInt64, folder: String) -> Recipe {
    var children: [Int: [Int]] = [:]
    for position in entries.indices where entries[position].isApplicable {
      children[entries[position].parent ?? -1, default: []].append(position)
    }
    var (options, slots): ([String: ConfigurationValue], [String: FilledSlot]) = ([:], [:])
    for position in children[-1] ?? [] {
      let entry = entries[position]
      switch entry.content {
      case .option(let value): options[entry.declaration.name] = value
      case .slot: slots[entry.path] = filledSlot(position, children)
      case .group:
        for child in children[position] ?? [] { slots[entries[child].path] = filledSlot(child, children) }
      }
    }
    return Recipe(
      name: name, task: task?.name ?? "", seed: seed, options: options, slots: slots, folder: folder)
  }

  private func filledSlot(_ position: Int, _ children: [Int: [Int]]) -> FilledSlot? {
    guard let card = entries[position].card else { return nil }
    var slot = FilledSlot(
      card: card, options: [:], artifacts: entries[position].artifacts,
      origins: [Recipe.ingredientKey: entries[position].origin])
    for child in children[position] ?? [] {
      let (entry, name) = (entries[child], entries[child].declaration.name)
      switch entry.content {
      case .option(let value):
        slot.options[name] = value
        slot.origins[name] = entry.origin
        if entry.origin.isSaid { slot.chosen.insert(name) }
        slot.artifacts += entry.artifacts
      case .slot:
        slot.slots[name] = filledSlot(child, children)
      case .group:
        for named in children[child] ?? [] {
          slot.slots["\(name).\(entries[named].declaration.name)"] = filledSlot(named, children)
        }
      }
    }
    return slot
  }
}
