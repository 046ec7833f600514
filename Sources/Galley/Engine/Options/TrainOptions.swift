// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a model is trained: the same for every backend.
///
/// `nil` means that the plan chooses (`auto`) or that there is no limit (`none`), as the declaration says.
public struct TrainOptions: VerbOptions {
  /// Passes over the training items, at most.
  public var epochs: Int?
  /// Epochs that are made even if nothing gets better.
  public var minEpochs = 1
  /// Steps, at most.
  public var maxSteps: Int?
  /// Time, at most, in seconds.
  public var maxSeconds: Double?
  /// Items for one step.
  public var batchSize: Int?
  /// Steps whose gradients are added up before the weights change.
  public var accumulate = 1
  /// Memory of the training process, at most, in bytes: the batch is made to fit.
  public var memoryBudget: Int?

  /// What changes the weights.
  public var optimizer = OptimizerName.adamw
  /// The largest learning rate of the run.
  public var learningRate: Double?
  /// How the learning rate changes over the run.
  public var schedule = ScheduleName.oneCycle
  /// For the schedule `step`: epochs between two changes.
  public var stepEpochs = 10
  /// For the schedule `step`: what the rate is multiplied by.
  public var stepFactor = 0.1
  /// Epochs over which the rate rises from nearly 0 before the schedule begins.
  public var warmUpEpochs = 0.0
  /// How strongly weights are drawn towards 0.
  public var weightDecay = 0.01
  /// Whether biases and normalisations decay as well.
  public var decayVectors = false
  /// For SGD and RMSprop: the share of the previous direction that is kept.
  public var momentum = 0.9
  /// For SGD: whether the gradient is looked at ahead of the momentum.
  public var nesterov = true
  /// The largest norm of all gradients together.
  public var clipNorm: Double?
  /// The largest absolute value of a gradient's element.
  public var clipValue: Double?

  /// The share of probability that is spread over all classes.
  public var labelSmoothing = 0.0
  /// The weight of each class in the loss, in the order of the labels.
  public var classWeights: [Double]?
  /// Whether classes are weighted by how rare they are.
  public var balanceClasses = false

  /// How images are varied in training.
  public var augmentation = AugmentationName.shift
  /// For `shift`: the most pixels in each direction.
  public var shift = 1
  /// The strength of mixup, the parameter of its Beta distribution; 0 for none.
  public var mixup = 0.0

  /// Epochs between validations; a fraction validates within an epoch.
  public var validateEvery = 1.0
  /// Steps between validations, in place of epochs.
  public var validateEverySteps: Int?
  /// The figure by which the best checkpoint is chosen.
  public var metric = "accuracy"
  /// Validations without a better figure after which training stops.
  public var patience: Int?
  /// How much better a figure must be to count.
  public var minImprovement = 0.0

  /// Whether one batch of each kind is all that is done, to see whether everything works.
  public var fastDevRun = false
  /// Whether batches are the smallest that the network trains with, `batchSize` at most; what that is is found by
  /// trying.
  public var smallestBatch = false
  /// Batches of an epoch, at most.
  public var limitTrainBatches: Int?
  /// Batches of a validation, at most.
  public var limitValidationBatches: Int?

  /// Parameters that don't change: their names begin with one of these.
  public var freeze: [String] = []
  /// The epoch, from 1, from which they change after all.
  public var unfreezeAtEpoch: Int?
  /// A file with the weights to begin with: a checkpoint of Galley's, safetensors, or PyTorch's `.pth`.
  public var initialWeights: String?
  /// A folder of a run that was interrupted, to go on where it was.
  public var resume: String?

  /// Epochs between checkpoints that are all kept.
  public var checkpointEvery: Int?
  /// The precision of forward and backward passes.
  public var precision = PrecisionName.fp32
  /// What happens to operations without a deterministic implementation. On the processor every layer of Galley's has
  /// one; it matters on CUDA, and for layers of one's own.
  public var deterministic = Determinism.on
  /// The device.
  public var device = DeviceName.auto
  /// Threads of one operation.
  public var threads: Int?
  /// Threads that load and vary items; 0 loads in the training thread.
  public var workers: Int?
  /// Seed of initialisation, order and augmentation.
  public var seed = 2026
  /// Height and width of the model's input.
  public var inputSize: Int?
  /// Where training's figures are written.
  public var loggers: [LoggerName] = [.csv]

  /// The defaults.
  public init() {}
}

extension TrainOptions {
  /// What changes the weights.
  public enum OptimizerName: String, Codable, Sendable, CaseIterable { case sgd, adam, adamw, rmsprop }
  /// How the learning rate changes.
  public enum ScheduleName: String, Codable, Sendable, CaseIterable {
    case constant, step, cosine
    case oneCycle = "one-cycle"
  }
  /// How images are varied.
  public enum AugmentationName: String, Codable, Sendable, CaseIterable {
    /// Not at all.
    case none
    /// Moved by a few pixels.
    case shift
    /// Flipped and cropped.
    case light
    /// Flipped, cropped, recoloured, erased in part.
    case standard
    /// RandAugment.
    case randAugment = "rand-augment"
  }
  /// The precision of forward and backward passes.
  public enum PrecisionName: String, Codable, Sendable, CaseIterable { case fp32, bf16, fp16 }
  /// Where training's figures are written.
  public enum LoggerName: String, Codable, Sendable, CaseIterable {
    case csv
    case tensorBoard = "tensorboard"
    case jsonLines = "json-lines"
  }
}

/// What happens to operations that have no deterministic implementation.
public enum Determinism: String, Codable, Sendable, CaseIterable {
  /// They run.
  case off
  /// They run, and a warning names them.
  case warn
  /// They are refused.
  case on
}

/// Where a backend computes.
public enum DeviceName: String, Codable, Sendable, CaseIterable {
  /// The fastest that is there.
  case auto
  case cpu
  case cuda
}
