// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Architectures

extension LibTorchBackend {
  /// What the backend is and can.
  public static let descriptor = BackendDescriptor(
    id: "libtorch", version: SemanticVersion(1, 0, 0),
    summary: "Trains, judges, uses and exports classifiers with LibTorch, in a process of its own",
    licence: "BSD-3-Clause", requirements: ["torch", "galley-torch"],
    abilities: [
      .init(
        verbs: [.train], tasks: [.classification, .multiLabelClassification], forms: [.architecture, .checkpoint]),
      .init(
        verbs: [.validate, .test, .predict, .export, .bench], tasks: [.classification, .multiLabelClassification],
        forms: [.checkpoint]),
    ])

  /// Refuses what no request to this backend may ask.
  /// - Throws: `GalleyError` that names the verb's form of model, or the option.
  static func checkOptions(_ request: VerbRequest) throws(GalleyError) {
    let verb = request.work.verb
    let objections = descriptor.objections(verb, request.model.form, request.task)
    guard objections.isEmpty else {
      throw GalleyError(
        .configuration, "can't \(verb.rawValue) \(request.model.summary)", why: objections.joined(separator: "; "),
        remedy: "Choose another backend, or another form of the model.")
    }
    guard let option = request.backendOptions.keys.min() else { return }
    throw GalleyError(
      .configuration, "can't use the option '\(option)'", at: descriptor.id, why: "libtorch has no options of its own",
      remedy: "Leave it out.")
  }
}

extension LibTorchBackend {
  /// The published network's count, scaled by the square of the width: most values lie between two layers.
  public func parameterCount(of architecture: IngredientChoice) -> Int? {
    guard let count = ArchitectureFacts.of(architecture.name)?.parameters else { return nil }
    guard case .float(let width)? = architecture.options["width"] else { return count }
    return Int(Double(count) * width * width)
  }
}
