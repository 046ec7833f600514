// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Recipes

/// An architecture with options, and the ways in which it can be used here.
struct FindCandidate: Hashable {
  /// What fills `model.architecture`.
  var architecture: [String: ConfigurationValue]
  /// Name for people and folders: "small-convnet width 8".
  var name: String

  /// One way of using it: the recipe's places besides the architecture.
  struct Use: Hashable {
    var optimizer: String
    var runtime: String

    var name: String { "\(optimizer) \(runtime)" }
    var settings: [String: ConfigurationValue] { ["optimizer": .string(optimizer), "runtime": .string(runtime)] }
  }
}

/// The candidates of a catalogue.
struct FindSpace {
  let candidates: [FindCandidate]
  let uses: [FindCandidate.Use]

  /// - Throws: `GalleyError` if a name isn't in the catalogue.
  init(_ request: FindRequest, _ catalogue: CardCatalogue, isHere: (Card) -> Bool) throws(GalleyError) {
    let models = try Self.chosen(
      catalogue.cards.filter { $0.fits("model.classification") && $0.deprecation == nil }, request.architectures,
      "architecture")
    let optimizers = try Self.chosen(
      catalogue.cards.filter { $0.fits("optimizer") && $0.deprecation == nil }, request.optimizers, "optimizer")
    let runtimes = try Self.chosen(
      catalogue.cards.filter { $0.fits("runtime") && $0.deprecation == nil && isHere($0) }, request.runtimes,
      "runtime")
    candidates = models.flatMap(Self.candidates)
    uses = runtimes.flatMap { runtime in
      optimizers.map { FindCandidate.Use(optimizer: $0.name, runtime: runtime.name) }
    }
  }

  private static func chosen(_ cards: [Card], _ names: [String], _ what: String) throws(GalleyError) -> [Card] {
    for name in names where !cards.contains(where: { $0.name == name }) {
      let known = cards.map(\.name)
      let guess = NearestName.match(name, in: known).map { " Did you mean \($0)?" } ?? ""
      throw GalleyError(
        .usage, "can't look for a model", at: name, why: "there is no such \(what) here",
        remedy: "There is \(known.joined(separator: ", ")).\(guess)")
    }
    return names.isEmpty ? cards : cards.filter { names.contains($0.name) }
  }

  /// An architecture whose width can be chosen is tried at half, all and twice of its default.
  private static func candidates(of card: Card) -> [FindCandidate] {
    guard let width = card.option("width") else { return [candidate(card, [:], card.name)] }
    let values: [ConfigurationValue] = [0.5, 1, 2].compactMap { factor in
      switch width.defaultValue {
      case .int(let value): .int(Int((Double(value) * factor).rounded()))
      case .float(let value): .float(value * factor)
      default: nil
      }
    }
    let accepted = values.filter { if case .success = width.kind.accept($0) { true } else { false } }
    guard !accepted.isEmpty else { return [candidate(card, [:], card.name)] }
    return accepted.map { candidate(card, ["width": $0], "\(card.name) width \($0)") }
  }

  private static func candidate(
    _ card: Card, _ options: [String: ConfigurationValue], _ name: String
  ) -> FindCandidate {
    FindCandidate(architecture: options.merging(["use": .string(card.name)]) { $1 }, name: name)
  }
}
