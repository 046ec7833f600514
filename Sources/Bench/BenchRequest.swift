// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// How precise a model's weights and activations are made before it is measured.
public enum Precision: String, Sendable, Hashable, Codable, CaseIterable {
  /// The file as it is.
  case original
  /// 16-bit floating point, converted.
  case fp16
  /// 8-bit integers, quantized.
  case int8
}

/// What `galley bench` is asked.
public struct BenchRequest: Sendable {
  /// The models, each with what is known of it.
  public var models: [BenchModel]
  /// Runtimes by the last word of their taxonomy, in the order in which they are shown.
  public var runtimes: [RuntimeOffer]
  /// Precisions of each model.
  public var precisions: [Precision]
  /// Threads of each runtime.
  public var threads: [Int]
  /// Samples in one inference.
  public var batches: [Int]
  /// Extents of dimensions that models leave open, by the dimension's name or by `input:position`.
  public var dimensions: [String: Int]
  /// Samples that the outputs are compared on.
  public var comparedSamples: Int
  /// Fresh processes of each combination.
  public var processes: Int
  /// Turns of each process.
  public var blocks: Int
  /// Least time of a turn, in seconds.
  public var blockSeconds: Double
  /// Time of each turn at throughput, in seconds; 0 for none.
  public var throughputSeconds: Double
  /// Longest warm-up of each process, in seconds.
  public var maximumWarmUp: Double
  /// Seed of drawn inputs and of the order of turns.
  public var seed: UInt64

  /// Asks.
  public init(
    models: [BenchModel], runtimes: [RuntimeOffer], precisions: [Precision] = Precision.allCases,
    threads: [Int] = [1], batches: [Int] = [1], dimensions: [String: Int] = [:], comparedSamples: Int = 8,
    processes: Int = 3, blocks: Int = 10, blockSeconds: Double = 0.02, throughputSeconds: Double = 0.2,
    maximumWarmUp: Double = 2, seed: UInt64 = 0
  ) {
    self.models = models
    self.runtimes = runtimes
    self.precisions = precisions
    self.threads = threads
    self.batches = batches
    self.dimensions = dimensions
    self.comparedSamples = comparedSamples
    self.processes = processes
    self.blocks = blocks
    self.blockSeconds = blockSeconds
    self.throughputSeconds = throughputSeconds
    self.maximumWarmUp = maximumWarmUp
    self.seed = seed
  }
}

/// A model file and what is known of it before it is run.
public struct BenchModel: Sendable, Hashable {
  /// A short name, unique among the models.
  public var name: String
  /// The file.
  public var file: ModelFile
  /// What it takes, in its order.
  public var inputs: [ValueSpec]
  /// The names of dimensions that it leaves open, by input and position; empty where there is none.
  public var dimensionNames: [[String]]
  /// Precision of its weights and activations, in a word: `float32`, `int8`.
  public var precision: String
  /// What it runs on, if there is data for it; otherwise inputs are drawn.
  public var data: BenchData?
  /// A file of `ImageFiles` with the judged items, if they are to be decoded where the model is measured.
  public var images: String?
  /// Why its quality isn't measured although there is data, or what was assumed; one sentence each.
  public var notes: [String]

  /// Describes a model.
  public init(
    name: String, file: ModelFile, inputs: [ValueSpec], dimensionNames: [[String]] = [], precision: String,
    data: BenchData? = nil, notes: [String] = []
  ) {
    self.name = name
    self.file = file
    self.inputs = inputs
    self.dimensionNames = dimensionNames
    self.precision = precision
    self.data = data
    self.notes = notes
  }
}

/// What a model runs on.
public enum BenchData: Sendable, Hashable {
  /// Labelled items, by a file of `PreparedData`, with the subset whose answers are judged and the one for calibration.
  case items(path: String, judged: Subset, calibration: Subset?, preprocessing: Preprocessing?)
  /// Samples that go in as they are.
  case samples(path: String)
}

/// A runtime that can be asked for.
public struct RuntimeOffer: Sendable {
  /// What it says of itself.
  public let card: Card
  /// Formats of the files that it executes.
  public let formats: Set<ModelFormat>
  /// Whether its library is here.
  public let availability: @Sendable () -> Availability

  /// Offers `type`.
  public init<Offered: Runtime>(_ type: Offered.Type) {
    card = type.card
    formats = type.formats
    availability = { type.availability() }
  }

  /// Offers a runtime of which only this is known, such as one of a program in another language.
  public init(card: Card, formats: Set<ModelFormat>, availability: @escaping @Sendable () -> Availability) {
    (self.card, self.formats, self.availability) = (card, formats, availability)
  }

  /// The name that a user writes.
  public var name: String { card.name }

  /// The choice of this runtime with so many threads.
  func choice(threads: Int) -> IngredientChoice {
    let takesThreads = card.options.contains { $0.name == "threads" }
    return IngredientChoice(card.name, options: takesThreads ? ["threads": .int(threads)] : [:])
  }
}
