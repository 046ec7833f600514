// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// Everything that measuring gave, in one JSON file that is read years later:
/// `Documentation/schemas/measurement-file-1.json` describes it.
public struct MeasurementFile: Sendable, Hashable, Codable {
  /// Name and version of the format.
  public var schema: String
  /// Where the figures come from.
  public var provenance: MeasurementProvenance
  /// What was measured, in the order in which it was asked for.
  public var measurements: [MeasurementEntry]
  /// What was to be measured and couldn't be.
  public var failures: [MeasurementFailure]
  /// What the sensors showed while all of it was measured, over one time base; `nil` if nothing was sampled.
  public var resources: ResourceSeries?

  /// The format's name, without its version.
  public static let schemaName = "galley.measurement-file"
  /// The newest version of the format that this Galley reads, and the one that it writes.
  public static let version = 1

  /// Creates a file's content.
  public init(
    provenance: MeasurementProvenance, measurements: [MeasurementEntry], failures: [MeasurementFailure] = [],
    resources: ResourceSeries? = nil
  ) {
    schema = "\(Self.schemaName)/\(Self.version)"
    self.provenance = provenance
    self.measurements = measurements
    self.failures = failures
    self.resources = resources
  }

  /// Writes the file, whole or not at all.
  /// - Throws: `GalleyError` with all faults if the content contradicts itself, or with the system's reason.
  public func write(to path: String) throws(GalleyError) {
    let found = faults
    guard found.isEmpty else { throw Self.refusal(.software, "can't write the measurement file", path, found) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var data: Data
    do {
      data = try encoder.encode(self)
    } catch {
      let why = Self.words(error, "it can't be written as JSON")
      throw GalleyError(.software, "can't write the measurement file", at: path, why: why)
    }
    data.append(UInt8(ascii: "\n"))
    do throws(FileError) {
      try AtomicFile.write(data, to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the measurement file")
    }
  }
}

/// One model in one runtime.
public struct MeasurementEntry: Sendable, Hashable, Codable {
  /// A name that is unique in its file.
  public var name: String
  /// The figures.
  public var measurement: Measurement
  /// Every inference's duration in nanoseconds: a list for each process, in the order in which they were measured.
  /// Empty if they were not kept.
  public var durations: [DurationList]
  /// Answers and truth by item, for classes; `nil` if nothing was answered.
  public var predictions: Predictions?
  /// When it was measured: begin and end, in seconds after the start of the file's resource series.
  public var span: MeasuredSpan?

  /// Creates an entry.
  public init(
    name: String, measurement: Measurement, durations: [DurationList], predictions: Predictions? = nil,
    span: MeasuredSpan? = nil
  ) {
    self.name = name
    self.measurement = measurement
    self.durations = durations
    self.predictions = predictions
    self.span = span
  }
}

/// A time on the resource series' time base, in seconds.
public struct MeasuredSpan: Sendable, Hashable, Codable {
  /// Begin.
  public var from: Double
  /// End.
  public var to: Double

  /// Creates a span.
  public init(from: Double, to: Double) {
    self.from = from
    self.to = to
  }
}

/// A combination that couldn't be measured.
public struct MeasurementFailure: Sendable, Hashable, Codable {
  /// The name that its entry would have had.
  public var name: String
  /// Why it couldn't.
  public var reason: String

  /// Creates a record.
  public init(name: String, reason: String) {
    self.name = name
    self.reason = reason
  }
}
