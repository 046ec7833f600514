// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Torch

extension TrainOptions {
  /// The optimizer for these parameters; the options must be resolved.
  func makeOptimizer(_ parameters: [StateTensor]) throws -> any Optimizer {
    let groups =
      decayVectors
      ? [ParameterGroup(parameters, weightDecay: weightDecay)]
      : try ParameterGroup.sparingVectors(parameters, weightDecay: weightDecay)
    let rate = learningRate ?? 0
    switch optimizer {
    case .sgd: return try SGD(groups, learningRate: rate, momentum: momentum, isNesterov: nesterov && momentum > 0)
    case .adam: return try Adam(groups, learningRate: rate)
    case .adamw: return try AdamW(groups, learningRate: rate)
    case .rmsprop: return try RMSprop(groups, learningRate: rate, momentum: momentum)
    }
  }

  /// How gradients are kept small, one after the other.
  var clipping: [GradientClipping] {
    [clipValue.map { .value($0) }, clipNorm.map { .norm($0) }].compactMap { $0 }
  }

  /// Parameters that `freeze` names.
  /// - Throws: `GalleyError` if a prefix is that of no parameter.
  func frozen(_ parameters: [StateTensor]) throws(GalleyError) -> [StateTensor] {
    for prefix in freeze where !parameters.contains(where: { $0.name.hasPrefix(prefix) }) {
      let modules = Set(parameters.compactMap { $0.name.split(separator: ".").first.map(String.init) }).sorted()
      throw GalleyError(
        .configuration, "can't freeze '\(prefix)'", at: "freeze", why: "no parameter's name begins so",
        remedy: NearestName.match(prefix, in: modules + parameters.map(\.name)).map { "Did you mean '\($0)'?" }
          ?? "Names begin with \(modules.joined(separator: ", ")).")
    }
    let frozen = parameters.filter { parameter in freeze.contains { parameter.name.hasPrefix($0) } }
    guard frozen.count < parameters.count || unfreezeAtEpoch != nil else {
      throw GalleyError(
        .configuration, "can't train", at: "freeze", why: "all parameters are frozen",
        remedy: "Leave some free, or give the epoch from which they change with unfreezeAtEpoch.")
    }
    return frozen
  }
}
