// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

extension MeasurementFile {
  /// What every version has.
  private struct Heading: Decodable {
    var schema: String
  }

  /// Reads a file of this version or an earlier one, or a single `galley.measurement/1`. Keys that this version doesn't
  /// know are passed over.
  /// - Throws: `GalleyError`: `missingInput` if the file can't be read, `badData` if it is no measurement file, is of a
  ///   newer version, or contradicts itself.
  public init(contentsOf path: String) throws(GalleyError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw GalleyError(
        .missingInput, "can't read the measurement file", at: path, why: "it doesn't exist or can't be read")
    }
    try self.init(data, named: path)
  }

  /// Reads a file's bytes.
  /// - Parameter path: The file's name, for messages.
  /// - Throws: `GalleyError` as for a path.
  public init(_ data: Data, named path: String) throws(GalleyError) {
    let heading = try Self.decode(Heading.self, data, path)
    if heading.schema == Measurement.currentSchema {
      self.init(try Self.decode(Measurement.self, data, path))
    } else {
      try Self.check(heading.schema, path)
      self = try Self.decode(MeasurementFile.self, data, path)
    }
    let found = faults
    guard found.isEmpty else { throw Self.refusal(.badData, "can't use the measurement file", path, found) }
  }

  /// A file that holds one measurement, of which no durations were kept.
  private init(_ measurement: Measurement) {
    let runtime = measurement.runtime
    let provenance = MeasurementProvenance(
      time: measurement.environment.time, galleyVersion: measurement.environment.galleyVersion, command: [],
      seed: measurement.conditions.seed,
      files: [UsedFile(role: "data", name: "data", digest: measurement.conditions.dataDigest)],
      libraries: [UsedLibrary(name: runtime.name, version: runtime.version, digest: runtime.libraryDigest)])
    self.init(
      provenance: provenance,
      measurements: [MeasurementEntry(name: "measurement", measurement: measurement, durations: [])])
  }

  private static func check(_ schema: String, _ path: String) throws(GalleyError) {
    let parts = schema.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == schemaName, let number = Int(parts[1]), number > 0 else {
      throw GalleyError(
        .badData, "can't read the measurement file", at: path,
        why: "its schema is '\(schema)', not '\(schemaName)/\(version)' or '\(Measurement.currentSchema)'")
    }
    guard number <= version else {
      throw GalleyError(
        .badData, "can't read the measurement file", at: path,
        why: "it is of version \(number) of the format, and Galley \(galleyVersion) reads up to version \(version)",
        remedy: "Read it with the Galley that wrote it, or with a newer one.")
    }
  }

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ data: Data, _ path: String
  ) throws(GalleyError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch {
      throw GalleyError(.badData, "can't read the measurement file", at: path, why: words(error, "it is not JSON"))
    }
  }

  /// An error of JSON in words, with the place as a key path.
  static func words(_ error: any Error, _ fallback: String) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, let context):
      "'\(keyPath(context.codingPath + [key]))' is missing"
    case DecodingError.typeMismatch(let type, let context):
      "'\(keyPath(context.codingPath))' is of another kind than \(type)"
    case DecodingError.valueNotFound(_, let context): "'\(keyPath(context.codingPath))' is null"
    case DecodingError.dataCorrupted(let context) where !context.codingPath.isEmpty:
      "'\(keyPath(context.codingPath))': \(context.debugDescription)"
    case EncodingError.invalidValue(let value, let context): "'\(keyPath(context.codingPath))' is \(value)"
    default: fallback
    }
  }

  private static func keyPath(_ keys: [any CodingKey]) -> String {
    keys.map { key in key.intValue.map { "[\($0)]" } ?? "." + key.stringValue }.joined().trimmingPrefix(".")
      .description
  }

  static func refusal(_ code: ExitCode, _ what: String, _ path: String, _ faults: [String]) -> GalleyError {
    let shown = faults.prefix(5).joined(separator: "; ")
    let more = faults.count > 5 ? "; and \(faults.count - 5) more" : ""
    return GalleyError(code, what, at: path, why: "it contradicts itself: " + shown + more)
  }
}
