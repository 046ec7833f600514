// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
internal import Tensors

/// What Adam and AdamW share: the moments of each parameter's gradients and the step.
final class AdamMoments {
  let groups: [ParameterGroup]
  let settings: AdamSettings
  private let isDecoupled: Bool
  private var first = OptimizerMemory()
  private var second = OptimizerMemory()
  private var stepCounts: [String: Int] = [:]

  init(_ name: String, _ groups: [ParameterGroup], learningRate: Double, _ settings: AdamSettings, isDecoupled: Bool)
    throws(TorchError)
  {
    guard learningRate >= 0, settings.isValid, groups.allSatisfy({ $0.weightDecay >= 0 }) else {
      throw TorchError(
        .invalidArgument, "\(name) can't be made",
        because: "learning rate \(learningRate), decays \(settings.firstDecay) and \(settings.secondDecay) or epsilon "
          + "\(settings.epsilon) are out of bounds",
        remedy: "use numbers from 0 on, and decays below 1")
    }
    self.groups = groups
    self.settings = settings
    self.isDecoupled = isDecoupled
  }

  func step(learningRate: Double) throws {
    for group in groups {
      let parameters = try group.parameters.withGradients()
      // Usually one: parameters that were frozen for a while have made fewer steps.
      for (count, alike) in Dictionary(grouping: parameters, by: { stepCounts[$0.name, default: 0] }) {
        try step(alike, number: count + 1, learningRate: learningRate, weightDecay: group.weightDecay)
        for parameter in alike { stepCounts[parameter.name] = count + 1 }
      }
    }
  }

  private func step(
    _ parameters: [StateTensor], number: Int, learningRate: Double, weightDecay: Double
  ) throws(TorchError) {
    let (first, second) = (try first.of(parameters), try second.of(parameters))
    let torch = galley_torch_adam(
      learning_rate: learningRate, first_decay: settings.firstDecay, second_decay: settings.secondDecay,
      epsilon: settings.epsilon, weight_decay: weightDecay, step: Int64(number), is_decoupled: isDecoupled ? 1 : 0,
      is_fused: settings.isFused ? 1 : 0)
    try parameters.withTorch("a step of Adam") { api, list in
      first.withTorchTensors { first in second.withTorchTensors { api.adam_step(list, first, $0, torch) } }
    }
  }

  func state() throws -> [String: Tensor] {
    var state = try first.saved(".exp_avg").merging(second.saved(".exp_avg_sq")) { kept, _ in kept }
    for (name, count) in stepCounts { state[name + ".step"] = try Tensor([Int64(count)], shape: []) }
    return state
  }

  func load(_ state: [String: Tensor]) throws {
    let parameters = groups.flatMap(\.parameters)
    let first = try OptimizerMemory(state, ".exp_avg", for: parameters)
    let second = try OptimizerMemory(state, ".exp_avg_sq", for: parameters)
    var counts: [String: Int] = [:]
    for parameter in parameters {
      guard let step = state[parameter.name + ".step"] else { continue }
      counts[parameter.name] = try step.values(as: Int64.self).first.map(Int.init)
    }
    guard first.count == counts.count, second.count == counts.count, counts.count * 3 == state.count else {
      throw TorchError.foreignOptimizerParameters
    }
    (self.first, self.second, stepCounts) = (first, second, counts)
  }
}

/// The settings of Adam and AdamW beside learning rate and weight decay.
public struct AdamSettings: Sendable, Hashable {
  /// The share of the previous mean of gradients that is kept.
  public var firstDecay: Double
  /// The share of the previous mean of squared gradients that is kept.
  public var secondDecay: Double
  /// Added to the denominator.
  public var epsilon: Double
  /// Whether LibTorch's fused kernel makes the steps: faster for large networks; it rounds in another order.
  public var isFused: Bool

  /// Creates settings.
  public init(firstDecay: Double = 0.9, secondDecay: Double = 0.999, epsilon: Double = 1e-8, isFused: Bool = false) {
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
    self.isFused = isFused
  }

  var isValid: Bool { epsilon >= 0 && (0..<1).contains(firstDecay) && (0..<1).contains(secondDecay) }
}
