// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

extension EngineVerb {
  /// What it does, in a clause.
  var purpose: String {
    switch self {
    case .train: "the weights are fitted to the training items, and checkpoints are chosen by the validation items"
    case .validate: "the model is judged on the validation items"
    case .test: "the model is judged on the test items"
    case .predict: "each item is answered once"
    case .export: "the model becomes a file for runtimes, and is compared with the trained one"
    case .bench: "the model is measured as the backend runs it"
    }
  }

  /// The items that it works on; `nil` if not those of one subset.
  var subset: Subset? {
    switch self {
    case .train: .train
    case .validate: .validation
    case .test: .test
    case .predict, .export, .bench: nil
    }
  }
}

extension EngineWork {
  /// The side of the input that was said.
  var inputSize: Int? { if case .train(let chosen) = self { chosen.options.inputSize } else { nil } }

  /// Whether training begins with weights of an earlier one.
  var beginsWithWeights: Bool {
    guard case .train(let chosen) = self else { return false }
    return chosen.options.initialWeights != nil
  }
}

extension ModelReference {
  /// Whether an architecture's options name weights.
  var beginsWithWeights: Bool {
    guard case .architecture(let choice) = self, let weights = choice.options["pretrained"] else { return false }
    return weights != .string("none") && weights != .null
  }
}

extension ReadData {
  /// Items that are only predicted.
  init(predicting listing: ItemListing) {
    self.init(
      path: listing.root, content: .listing(listing, unpacked: [:]), task: listing.task, labels: listing.labels,
      counts: [:], identity: Digest(of: listing.items.map { "\($0.id)\t\($0.file)\n" }.joined()),
      values: [
        ExplainedValue("data.items", .int(listing.items.count), .given, reason: "")
      ], warnings: [])
  }

  /// Number of items.
  var itemCount: Int {
    switch content {
    case .listing(let listing, _): listing.items.count
    case .prepared(let data): data.subsets.values.reduce(0) { $0 + $1.count }
    }
  }
}
