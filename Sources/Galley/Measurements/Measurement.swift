// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Statistics

/// What running one model on one target gave, with everything needed to repeat it, down to digests.
///
/// Times are in seconds, sizes in bytes.
public struct Measurement: Sendable, Hashable, Codable {
  /// Name and version of this format.
  public var schema: String
  /// The model that was measured.
  public var model: MeasuredModel
  /// What executed it.
  public var runtime: RuntimeRecord
  /// How it was measured.
  public var conditions: MeasurementConditions
  /// The machine and its state.
  public var environment: EnvironmentRecord
  /// The runtime's call alone: one inference of one batch.
  public var latency: Timing
  /// What surrounds the inference, each apart.
  public var phases: PhaseTimings
  /// What the measuring processes used.
  public var resources: ResourceUse
  /// Whether the figures can be trusted, with reasons.
  public var verdict: MeasurementVerdict
  /// Quality of the very file that was measured; `nil` with the reason in the verdict's notes if not measured.
  public var quality: ClassificationQuality?
  /// Latency of a single stream after MLPerf's rules; `nil` if not run, as in records of earlier versions.
  public var stream: StreamRecord?
  /// Samples per second with several inferences in flight, one record for each batch and number of sessions or threads.
  public var throughput: [ThroughputRecord]?
  /// What the machine's sensors showed, summed up over the time of the measurement.
  public var resourceSummary: ResourceSummary?
  /// How the answers differ from those of a reference model.
  public var difference: ModelDifference?

  /// The format that this version of Galley writes.
  public static let currentSchema = "galley.measurement/1"

  /// Creates a measurement.
  public init(
    model: MeasuredModel, runtime: RuntimeRecord, conditions: MeasurementConditions, environment: EnvironmentRecord,
    latency: Timing, phases: PhaseTimings, resources: ResourceUse, verdict: MeasurementVerdict,
    quality: ClassificationQuality?, stream: StreamRecord? = nil, throughput: [ThroughputRecord]? = nil,
    resourceSummary: ResourceSummary? = nil, difference: ModelDifference? = nil
  ) {
    schema = Self.currentSchema
    self.model = model
    self.runtime = runtime
    self.conditions = conditions
    self.environment = environment
    self.latency = latency
    self.phases = phases
    self.resources = resources
    self.verdict = verdict
    self.quality = quality
    self.stream = stream
    self.throughput = throughput
    self.resourceSummary = resourceSummary
    self.difference = difference
  }
}

/// The file that was measured.
public struct MeasuredModel: Sendable, Hashable, Codable {
  /// SHA-256 of the file.
  public var digest: Digest
  /// Its format.
  public var format: ModelFormat
  /// Its size in bytes.
  public var byteCount: Int
  /// Precision of weights and activations: `float32`, `int8`.
  public var precision: String

  /// Describes a file.
  public init(digest: Digest, format: ModelFormat, byteCount: Int, precision: String) {
    self.digest = digest
    self.format = format
    self.byteCount = byteCount
    self.precision = precision
  }
}

/// The library that executed the model.
public struct RuntimeRecord: Sendable, Hashable, Codable {
  /// Name of the runtime's ingredient.
  public var name: String
  /// Version that the library states.
  public var version: String
  /// SHA-256 of the library's file.
  public var libraryDigest: Digest?
  /// What the runtime really used: provider, threads, graph level.
  public var configuration: [String: String]

  /// Describes a library.
  public init(name: String, version: String, libraryDigest: Digest?, configuration: [String: String]) {
    self.name = name
    self.version = version
    self.libraryDigest = libraryDigest
    self.configuration = configuration
  }
}

/// How the figures were obtained.
public struct MeasurementConditions: Sendable, Hashable, Codable {
  /// Items in one inference.
  public var batch: Int
  /// Threads that the runtime was allowed for one operator.
  public var threads: Int
  /// Seed of the order of turns and of drawn inputs.
  public var seed: UInt64
  /// Fresh processes for this model.
  public var processes: Int
  /// Turns of each process.
  public var blocks: Int
  /// Inferences in one turn.
  public var inferencesPerBlock: Int
  /// Inferences before the first that counts, in each process.
  public var warmUp: [Int]
  /// The models that took turns with this one, by digest.
  public var interleavedWith: [Digest]
  /// SHA-256 of the items or samples measured on.
  public var dataDigest: Digest
  /// The subset that the items come from; `nil` for samples.
  public var subset: Subset?

  /// Describes the conditions.
  public init(
    batch: Int, threads: Int, seed: UInt64, processes: Int, blocks: Int, inferencesPerBlock: Int, warmUp: [Int],
    interleavedWith: [Digest], dataDigest: Digest, subset: Subset?
  ) {
    self.batch = batch
    self.threads = threads
    self.seed = seed
    self.processes = processes
    self.blocks = blocks
    self.inferencesPerBlock = inferencesPerBlock
    self.warmUp = warmUp
    self.interleavedWith = interleavedWith
    self.dataDigest = dataDigest
    self.subset = subset
  }
}

/// Durations in seconds: their distribution, and an interval that knows how processes differ.
public struct Timing: Sendable, Hashable, Codable {
  /// Distribution over all inferences of all processes.
  public var summary: Summary
  /// Median of each process.
  public var processMedians: [Double]
  /// Standard deviation between the processes' medians.
  public var sigma: Double
  /// 95 % interval of the median, from the spread between processes.
  public var medianInterval: Interval

  /// Creates a timing.
  public init(summary: Summary, processMedians: [Double], sigma: Double, medianInterval: Interval) {
    self.summary = summary
    self.processMedians = processMedians
    self.sigma = sigma
    self.medianInterval = medianInterval
  }
}

/// Times around the inference, each measured apart, in seconds.
public struct PhaseTimings: Sendable, Hashable, Codable {
  /// Reading and compiling the model, once in each process.
  public var load: Summary
  /// The first inference of each process.
  public var firstInference: Summary
  /// Preprocessing of one batch; `nil` if nothing was preprocessed, as with drawn inputs.
  public var preprocessing: Summary?
  /// The part of preprocessing in which image files were decoded and fitted; `nil` if frames were given.
  public var decoding: Summary?
  /// Postprocessing of one batch; `nil` if the outputs' meaning isn't known.
  public var postprocessing: Summary?
  /// Preprocessing, inference and postprocessing of one batch, measured as one; `nil` without them.
  public var endToEnd: Summary?

  /// Creates timings.
  public init(
    load: Summary, firstInference: Summary, preprocessing: Summary? = nil, decoding: Summary? = nil,
    postprocessing: Summary? = nil, endToEnd: Summary? = nil
  ) {
    self.load = load
    self.firstInference = firstInference
    self.preprocessing = preprocessing
    self.decoding = decoding
    self.postprocessing = postprocessing
    self.endToEnd = endToEnd
  }
}

/// What the measuring processes used.
public struct ResourceUse: Sendable, Hashable, Codable {
  /// Largest resident memory of each process, in bytes.
  public var peakResidentBytes: [Int]
  /// Resident memory of each process before the model was loaded, in bytes.
  public var baselineResidentBytes: [Int]
  /// Processor time divided by elapsed time while measuring: 1 is one core in full use.
  public var processorUse: Summary

  /// Creates a record.
  public init(peakResidentBytes: [Int], baselineResidentBytes: [Int], processorUse: Summary) {
    self.peakResidentBytes = peakResidentBytes
    self.baselineResidentBytes = baselineResidentBytes
    self.processorUse = processorUse
  }
}

/// Whether figures can be trusted.
public struct MeasurementVerdict: Sendable, Hashable, Codable {
  /// True if nothing disturbed the measurement.
  public var isClean: Bool
  /// What disturbed it, or what was not measured and why; one sentence each.
  public var marks: [String]

  /// Creates a verdict.
  public init(isClean: Bool, marks: [String]) {
    self.isClean = isClean
    self.marks = marks
  }
}
