// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Torch

/// Trains a classifier on labelled items with LibTorch.
public struct SupervisedTrainer: Ingredient {
  /// Which optimizer changes the weights.
  public enum OptimizerName: String, Codable, Sendable, CaseIterable {
    /// Adam with decoupled weight decay.
    case adamw
    /// Stochastic gradient descent with Nesterov momentum.
    case sgd
  }

  /// How the learning rate changes over the run.
  public enum ScheduleName: String, Codable, Sendable, CaseIterable {
    /// Always the same.
    case constant
    /// Half a cosine down to 0.
    case cosine
    /// Up for three tenths of the steps, then down to almost 0.
    case oneCycle = "one-cycle"
  }

  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// Passes over the training items.
    public var epochs = 40
    /// Items for one step.
    public var batchSize = 32
    /// The optimizer.
    public var optimizer = OptimizerName.adamw
    /// The largest learning rate of the run.
    public var learningRate = 0.01
    /// How the learning rate changes.
    public var schedule = ScheduleName.oneCycle
    /// How strongly matrices and kernels are drawn towards 0; vectors are spared.
    public var weightDecay = 0.01
    /// For SGD: the share of the previous direction that is kept.
    public var momentum = 0.9
    /// The share of probability that is spread over all classes.
    public var labelSmoothing = 0.0
    /// Images are shifted at random by up to this many pixels in each direction; zeros move in.
    public var shift = 1

    /// The defaults, which suit small images.
    public init() {}
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "trainer.supervised", version: SemanticVersion(1, 0, 0),
    summary: "Trains a classifier on labelled items with LibTorch",
    options: [
      OptionDeclaration(
        "epochs", .int(minimum: 1, maximum: 100_000), default: .int(40), help: "Passes over the training items.",
        synonyms: ["train.num_epochs", "train.epochs"]),
      OptionDeclaration(
        "batchSize", .int(minimum: 2, maximum: 65_536), default: .int(32), help: "Items for one step.",
        synonyms: ["train.batch_size_train", "train.batch_size"]),
      OptionDeclaration(
        "optimizer", .choice(OptimizerName.allCases.map { Choice($0.rawValue) }), default: .string("adamw"),
        help: "What changes the weights: adamw, or sgd with Nesterov momentum.",
        synonyms: ["optimization.optimizer.algorithm"]),
      OptionDeclaration(
        "learningRate", .float(minimum: 1e-9, maximum: 100), default: .float(0.01),
        help: "The largest learning rate of the run.", synonyms: ["optimization.learning_rate"]),
      OptionDeclaration(
        "schedule", .choice(ScheduleName.allCases.map { Choice($0.rawValue) }), default: .string("one-cycle"),
        help: "How the learning rate changes over the run."),
      OptionDeclaration(
        "weightDecay", .float(minimum: 0, maximum: 10), default: .float(0.01),
        help: "How strongly weights are drawn towards 0; biases and normalisations are spared.",
        synonyms: ["optimization.weight_decay"]),
      OptionDeclaration(
        "momentum", .float(minimum: 0, maximum: 0.9999), default: .float(0.9),
        help: "For sgd: the share of the previous direction that is kept."),
      OptionDeclaration(
        "labelSmoothing", .float(minimum: 0, maximum: 0.9), default: .float(0),
        help: "The share of probability that is spread over all classes."),
      OptionDeclaration(
        "shift", .int(minimum: 0, maximum: 1024), default: .int(1),
        help: "Images are shifted at random by up to this many pixels in each direction."),
    ],
    constraints: [
      Constraint(
        ".shift < data.height and .shift < data.width",
        reason: "A shift as large as the images would move all of one out of sight.")
    ], tools: ["libtorch"])

  /// What was chosen.
  public let options: Options

  /// Creates the trainer.
  /// - Throws: `GalleyError` that names the first option out of bounds.
  public init(_ options: Options) throws(GalleyError) {
    let bounds: [(isKept: Bool, rule: String)] = [
      (options.epochs >= 1, "epochs must be at least 1"),
      (options.batchSize >= 2, "batchSize must be at least 2"),
      (options.learningRate > 0 && options.learningRate.isFinite, "learningRate must be above 0"),
      (options.weightDecay >= 0 && options.weightDecay.isFinite, "weightDecay must be at least 0"),
      ((0..<1).contains(options.momentum), "momentum must be from 0 to below 1"),
      ((0..<1).contains(options.labelSmoothing), "labelSmoothing must be from 0 to below 1"),
      (options.shift >= 0, "shift must be at least 0"),
    ]
    if let broken = bounds.first(where: { !$0.isKept }) {
      throw GalleyError(
        .configuration, "can't train", at: "trainer", why: broken.rule, remedy: "Correct the trainer's options.")
    }
    self.options = options
  }

  func makeOptimizer(_ parameters: [StateTensor]) throws -> any Optimizer {
    let groups = try ParameterGroup.sparingVectors(parameters, weightDecay: options.weightDecay)
    switch options.optimizer {
    case .adamw:
      return try AdamW(groups, learningRate: options.learningRate)
    case .sgd:
      return try SGD(
        groups, learningRate: options.learningRate, momentum: options.momentum, isNesterov: options.momentum > 0)
    }
  }

  /// The learning rate of a step.
  func learningRate(step: Int, of total: Int) -> Double {
    let schedule: LearningRateSchedule =
      switch options.schedule {
      case .constant: .constant
      case .cosine: .cosine(final: 0)
      case .oneCycle: .oneCycle
      }
    return schedule.rate(step: step, of: total, peak: options.learningRate)
  }
}
