// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension TrainOptions {
  public static let declarations: [OptionDeclaration] = length + change + loss + validation + weights + machine

  private static let length: [OptionDeclaration] = [
    OptionDeclaration(
      "epochs", .optional(.int(minimum: 1, maximum: 100_000), word: "auto"), default: .null,
      help: "Passes over the training items, at most.", synonyms: ["train.num_epochs", "train.epochs"]),
    OptionDeclaration(
      "minEpochs", .int(minimum: 1, maximum: 100_000), default: 1,
      help: "Epochs that are made even if nothing gets better."),
    .limit("maxSteps", "Steps, at most."),
    OptionDeclaration(
      "maxSeconds", .optional(.float(minimum: 0.001, maximum: 1e9), word: "none"), default: .null,
      help: "Time, at most, in seconds."),
    .batchSize("Items for one step.", synonyms: ["train.batch_size_train", "train.batch_size"]),
    OptionDeclaration(
      "accumulate", .int(minimum: 1, maximum: 10_000), default: 1,
      help: "Steps whose gradients are added up before the weights change."),
    OptionDeclaration(
      "memoryBudget", .optional(.int(minimum: 1 << 20, maximum: 1 << 50), word: "none"), default: .null,
      help: "Memory of the training process, at most, in bytes: the batch is made to fit."),
  ]

  private static let change: [OptionDeclaration] = [
    OptionDeclaration(
      "optimizer", choice(OptimizerName.self), default: "adamw", help: "What changes the weights.",
      synonyms: ["optimization.optimizer.algorithm"]),
    OptionDeclaration(
      "learningRate", .optional(.float(minimum: 1e-9, maximum: 100), word: "auto"), default: .null,
      help: "The largest learning rate of the run.", synonyms: ["optimization.learning_rate"]),
    OptionDeclaration(
      "schedule", choice(ScheduleName.self), default: "one-cycle",
      help: "How the learning rate changes over the run."),
    OptionDeclaration(
      "stepEpochs", .int(minimum: 1, maximum: 100_000), default: 10,
      help: "For the schedule step: epochs between two changes."),
    OptionDeclaration(
      "stepFactor", .float(minimum: 0, maximum: 1), default: 0.1,
      help: "For the schedule step: what the rate is multiplied by."),
    OptionDeclaration(
      "warmUpEpochs", .float(minimum: 0, maximum: 10_000), default: 0.0,
      help: "Epochs over which the rate rises from nearly 0 before the schedule begins."),
    OptionDeclaration(
      "weightDecay", .float(minimum: 0, maximum: 10), default: 0.01,
      help: "How strongly weights are drawn towards 0.", synonyms: ["optimization.weight_decay"]),
    OptionDeclaration(
      "decayVectors", .bool, default: false, help: "Whether biases and normalisations decay as well."),
    OptionDeclaration(
      "momentum", .float(minimum: 0, maximum: 0.9999), default: 0.9,
      help: "For sgd and rmsprop: the share of the previous direction that is kept."),
    OptionDeclaration(
      "nesterov", .bool, default: true, help: "For sgd: whether the gradient is looked at ahead of the momentum."),
    OptionDeclaration(
      "clipNorm", .optional(.float(minimum: 1e-9, maximum: 1e9), word: "none"), default: .null,
      help: "The largest norm of all gradients together."),
    OptionDeclaration(
      "clipValue", .optional(.float(minimum: 1e-9, maximum: 1e9), word: "none"), default: .null,
      help: "The largest absolute value of a gradient's element."),
  ]

  private static let loss: [OptionDeclaration] = [
    OptionDeclaration(
      "labelSmoothing", .float(minimum: 0, maximum: 0.9), default: 0.0,
      help: "The share of probability that is spread over all classes."),
    OptionDeclaration(
      "classWeights", .optional(.list(.float(minimum: 0, maximum: 1e6)), word: "none"), default: .null,
      help: "The weight of each class in the loss, in the order of the labels."),
    OptionDeclaration(
      "balanceClasses", .bool, default: false, help: "Whether classes are weighted by how rare they are."),
    OptionDeclaration(
      "augmentation", choice(AugmentationName.self), default: "shift",
      help: "How images are varied in training."),
    OptionDeclaration(
      "shift", .int(minimum: 0, maximum: 1024), default: 1,
      help: "For the augmentation shift: images are moved at random by up to this many pixels in each direction."),
    OptionDeclaration(
      "mixup", .float(minimum: 0, maximum: 10), default: 0.0,
      help: "The strength of mixup, the parameter of its Beta distribution; 0 for none."),
  ]

  private static let validation: [OptionDeclaration] = [
    OptionDeclaration(
      "validateEvery", .float(minimum: 0.001, maximum: 100_000), default: 1.0,
      help: "Epochs between validations; a fraction validates within an epoch."),
    .limit("validateEverySteps", "Steps between validations, in place of epochs."),
    OptionDeclaration(
      "metric", .string, default: "accuracy", help: "The figure by which the best checkpoint is chosen."),
    OptionDeclaration(
      "patience", .optional(.int(minimum: 1, maximum: 100_000), word: "none"), default: .null,
      help: "Validations without a better figure after which training stops."),
    OptionDeclaration(
      "minImprovement", .float(minimum: 0, maximum: 1e9), default: 0.0,
      help: "How much better a figure must be to count."),
    OptionDeclaration(
      "fastDevRun", .bool, default: false,
      help: "Whether one batch of each kind is all that is done, to see whether everything works."),
    OptionDeclaration(
      "smallestBatch", .bool, default: false,
      help: "Whether batches are the smallest that the network trains with, found by trying from one item on."),
    .limit("limitTrainBatches", "Batches of an epoch, at most."),
    .limit("limitValidationBatches", "Batches of a validation, at most."),
  ]

  private static let weights: [OptionDeclaration] = [
    OptionDeclaration(
      "freeze", .list(.string), default: .list([]),
      help: "Parameters that don't change: their names begin with one of these."),
    OptionDeclaration(
      "unfreezeAtEpoch", .optional(.int(minimum: 1, maximum: 100_000), word: "none"), default: .null,
      help: "The epoch, from 1, from which frozen parameters change after all."),
    OptionDeclaration(
      "initialWeights", .optional(.path, word: "none"), default: .null,
      help: "A file with the weights to begin with: a checkpoint of Galley's, safetensors, or PyTorch's .pth."),
    OptionDeclaration(
      "resume", .optional(.path, word: "none"), default: .null,
      help: "The folder of a run that was interrupted, to go on where it was."),
    OptionDeclaration(
      "checkpointEvery", .optional(.int(minimum: 1, maximum: 100_000), word: "none"), default: .null,
      help: "Epochs between checkpoints that are all kept, beside the best and the last."),
  ]

  private static let machine: [OptionDeclaration] = [
    OptionDeclaration(
      "precision", choice(PrecisionName.self), default: "fp32", help: "The precision of forward and backward passes."),
    OptionDeclaration(
      "deterministic", choice(Determinism.self), default: "on",
      help: """
        Whether operations without a deterministic implementation are refused (on), are warned of (warn) or just run \
        (off). On the CPU every layer that Galley has is deterministic with any choice; it matters on CUDA, and for \
        layers of your own.
        """),
    .device,
    .threads,
    .workers("Threads that load and vary items; 0 loads in the training thread."),
    .seed("Seed of initialisation, order and augmentation."),
    OptionDeclaration(
      "inputSize", .optional(.int(minimum: 1, maximum: 8192), word: "auto"), default: .null,
      help: "Height and width of the model's input, in pixels."),
    OptionDeclaration(
      "loggers", .multipleChoice(LoggerName.allCases.map { Choice($0.rawValue) }), default: .list(["csv"]),
      help: "Where training's figures are written."),
  ]
}

extension VerbOptions {
  /// The kind of an option that is one of an enumeration's words.
  static func choice<Name: CaseIterable & RawRepresentable>(_ type: Name.Type) -> OptionKind
  where Name.RawValue == String {
    .choice(type.allCases.map { Choice($0.rawValue) })
  }
}
