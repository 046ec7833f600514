// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A recipe as it is rehearsed: every stage is done for real, as short as it can be, so that everything that the
/// recipe needs is used once. The recipe's file stays as it is.
public struct Rehearsal: Sendable, Hashable {
  /// Items that an export is proved on and that activations are observed on, at most.
  public static let items = 4

  /// The recipe, with weights to begin with wherever the architecture has a place for some and the catalogue has some.
  public private(set) var file: RecipeFile
  /// What is otherwise than in the recipe, as sentences.
  public private(set) var changes: [String] = []

  /// Prepares to rehearse every variant of a recipe.
  public init(of file: RecipeFile, catalogue: CardCatalogue) {
    self.file = file
    var taken: [(sentence: String, variants: [String])] = []
    for index in file.variants.indices {
      for sentence in self.file.variants[index].recipe.beginWithWeights(from: catalogue) {
        let name = file.variants[index].name
        if let same = taken.firstIndex(where: { $0.sentence == sentence }) {
          taken[same].variants.append(name)
        } else {
          taken.append((sentence, [name]))
        }
      }
    }
    changes = taken.map { sentence, variants in
      file.variants.count == variants.count ? sentence : "\(variants.joined(separator: ", ")): \(sentence)"
    }
  }

  /// What is done shorter than the recipe says on the way to a goal, as sentences.
  public func shortcuts(until goal: StageGoal) -> [String] {
    func choose(_ slot: String) -> Bool { file.variants.contains { $0.recipe.slots[slot] != nil } }
    let optimizes = file.variants.contains { $0.recipe.slots["optimizer"].map { $0.card.name != "none" } ?? false }
    let all: [(StageGoal, Bool, String)] = [
      (
        .train, choose("trainer"),
        "Training makes one step and one validation, with the smallest batch that the network trains with."
      ),
      (.export, choose("export"), "An export is proved on \(Self.items) items."),
      (.optimize, optimizes, "Activations are observed on \(Self.items) items."),
      (.measure, true, "A model is measured by one inference of one process, and answers one batch."),
      (.report, true, "The report has no figures, and nothing enters a golden volume."),
    ]
    return all.filter { $0.0 <= goal && $0.1 }.map(\.2)
  }
}

extension Recipe {
  /// Puts a set of weights of the catalogue into every slot for some that says none, the best that fits.
  /// - Returns: what was chosen, as sentences.
  fileprivate mutating func beginWithWeights(from catalogue: CardCatalogue) -> [String] {
    var sentences: [String] = []
    for (path, slot) in slots.sorted(by: { $0.key < $1.key }) {
      for option in slot.card.options where option.kind.accepted.contains("weights") {
        guard slot.slots[option.name].map({ $0.artifacts.isEmpty && $0.options.isEmpty }) ?? true,
          catalogue.fitting(option.kind.accepted).contains(where: \.offersWeights),
          let (filled, chosen) = choosingWeights(at: "\(path).\(option.name)", in: path, catalogue)
        else { continue }
        slots[path] = filled
        sentences.append("Training begins with the weights '\(chosen)' at \(path).\(option.name).")
      }
    }
    return sentences
  }

  /// The slot at `owner` with weights at `path`; `nil` if no set of the catalogue fits the recipe as it is.
  private func choosingWeights(
    at path: String, in owner: String, _ catalogue: CardCatalogue
  ) -> (FilledSlot, chosen: String)? {
    guard
      let draft = try? RecipeDraft(document: .map(document), path: "rehearsal", folder: folder, catalogue: catalogue),
      let offers = try? draft.options(path)
    else { return nil }
    for offer in offers.offered where offer.deprecation == nil && offer.alsoChanges.isEmpty && !offer.toFetch.isEmpty {
      var changed = draft
      guard let taxonomy = offer.taxonomy, (try? changed.set(path, to: .string(taxonomy))) != nil,
        let slot = try? changed.recipe().slots[owner]
      else { continue }
      return (slot, offer.value.description)
    }
    return nil
  }
}

extension Card {
  /// Whether choosing it brings a file with weights.
  fileprivate var offersWeights: Bool { artifacts.contains { $0.role == .weights } }
}
