// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Measuring

/// One model to measure.
public struct MeasurementSubject: Sendable, Hashable {
  /// The name in progress and messages, unique among those that are measured together.
  public var name: String
  /// The file.
  public var model: ModelFile
  /// Precision of its weights and activations, for the record: `float32`, `int8`.
  public var precision: String
  /// What executes it.
  public var runtime: IngredientChoice
  /// How items become its input; `nil` for the way that the data's file says.
  public var preprocessing: Preprocessing?
  /// What it runs on; `nil` for what the plan says.
  public var input: MeasuredInput?
  /// Items in one inference; `nil` for what the plan says.
  public var batch: Int?
  /// Threads that its runtime was told to use, for the record; `nil` for what the plan says.
  public var threads: Int?

  /// Describes a subject.
  public init(
    name: String, model: ModelFile, precision: String, runtime: IngredientChoice, preprocessing: Preprocessing? = nil,
    input: MeasuredInput? = nil, batch: Int? = nil, threads: Int? = nil
  ) {
    self.preprocessing = preprocessing
    self.name = name
    self.model = model
    self.precision = precision
    self.runtime = runtime
    self.input = input
    self.batch = batch
    self.threads = threads
  }
}

/// What a model runs on while it is measured.
public enum MeasuredInput: Sendable, Hashable {
  /// A file of `PreparedData`: the items of a subset are preprocessed, and the model's answers are judged.
  case items(path: String, subset: Subset)
  /// A file of `ImageFiles`, the items of a subset: where the model runs they are decoded too, and its answers are judged.
  case images(path: String, subset: Subset)
  /// A file of samples (`SampleFile`), which go into the model as they are; nothing is judged.
  case samples(path: String)

  /// The file.
  public var path: String {
    switch self {
    case .items(let path, _), .images(let path, _), .samples(let path): path
    }
  }

  /// The subset of items; `nil` for samples.
  public var subset: Subset? {
    switch self {
    case .items(_, let subset), .images(_, let subset): subset
    case .samples: nil
    }
  }
}

/// How subjects are measured together.
public struct MeasurementPlan: Sendable, Hashable {
  /// What the subjects run on, the first items or samples while latency is measured.
  public var input: MeasuredInput
  /// Items in one inference.
  public var batch: Int
  /// Fresh processes for each subject; three or more give an interval that can be relied on.
  public var processes: Int
  /// Turns of each process.
  public var blocks: Int
  /// How long a turn lasts.
  public var block: BlockRule
  /// Seed of the order of turns.
  public var seed: UInt64
  /// Longest warm-up of each process, in seconds.
  public var maximumWarmUp: Double
  /// Threads that the runtimes were told to use, for the record.
  public var threads: Int
  /// Time of each subject's turn at running as many inferences at once as its runtime likes, in seconds, once in each
  /// process; 0 for none.
  public var throughputSeconds: Double
  /// Items whose answers are judged, from the first on; `nil` for all.
  public var answeredItems: Int?
  /// Whether others may work on this machine meanwhile, because nobody believes the figures.
  public var sharesMachine = false

  /// Plans to measure on items of `PreparedData`.
  public init(
    data: String, subset: Subset = .test, batch: Int = 1, processes: Int = 3, blocks: Int = 25,
    block: BlockRule = BlockRule(), seed: UInt64 = 0, maximumWarmUp: Double = 5, threads: Int = 1
  ) {
    self.init(
      input: .items(path: data, subset: subset), batch: batch, processes: processes, blocks: blocks, block: block,
      seed: seed, maximumWarmUp: maximumWarmUp, threads: threads)
  }

  /// Plans.
  public init(
    input: MeasuredInput, batch: Int = 1, processes: Int = 3, blocks: Int = 25, block: BlockRule = BlockRule(),
    seed: UInt64 = 0, maximumWarmUp: Double = 5, threads: Int = 1, throughputSeconds: Double = 0
  ) {
    self.input = input
    self.throughputSeconds = throughputSeconds
    self.batch = batch
    self.processes = processes
    self.blocks = blocks
    self.block = block
    self.seed = seed
    self.maximumWarmUp = maximumWarmUp
    self.threads = threads
  }

  /// Leaves the least that shows that the subjects can be measured: one process, one turn of one inference, no warm-up,
  /// the answers of one batch. The figures mean nothing.
  public mutating func shorten() {
    (processes, blocks, maximumWarmUp, throughputSeconds) = (1, 1, 0, 0)
    block = BlockRule(minimumRepetitions: 1, minimumSeconds: 0)
    answeredItems = batch
    sharesMachine = true
  }
}

/// What became of one subject.
public struct SubjectResult: Sendable {
  /// The subject.
  public var subject: MeasurementSubject
  /// What was measured, or why it couldn't be.
  public var outcome: Result<MeasuredSubject, GalleyError>
}

/// Everything that measuring a subject gave.
public struct MeasuredSubject: Sendable, Hashable, Codable {
  /// The record.
  public var measurement: Measurement
  /// The model's answers on the items; `nil` if it ran on samples.
  public var predictions: Predictions?
  /// Every inference's duration, a list for each process, in the order in which they were measured.
  public var durations: [DurationList]
  /// What each process reached with as many inferences in flight as its runtime likes; empty if that wasn't measured.
  public var throughput: [ThroughputRecord]

  /// Creates a record.
  public init(
    measurement: Measurement, predictions: Predictions?, durations: [DurationList],
    throughput: [ThroughputRecord] = []
  ) {
    self.measurement = measurement
    self.predictions = predictions
    self.durations = durations
    self.throughput = throughput
  }
}

/// What happens while subjects are measured.
public enum MeasuringEvent: Sendable, Hashable {
  /// Something else of Galley is being measured on this machine; the text says by which process.
  case waiting(String)
  /// So many steps of all are done.
  case progress(completed: Int, total: Int, message: String)
  /// A subject can't be measured; the others go on.
  case failed(subject: String, GalleyError)
  /// What the measuring processes used and what the machine's sensors said, over the whole measurement.
  case sampled(ResourceSeries)
  /// A line that a measuring process wrote.
  case log(String)
}
