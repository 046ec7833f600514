// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
internal import Galley

/// What a finished stage gave: the digests of its outputs, under the key of everything that it depended on.
public struct StageRecord: Sendable, Hashable, Codable {
  /// SHA-256 over the stage's name, version, options, inputs and tools.
  public var key: Digest
  /// Name of the stage: `train`.
  public var stage: String
  /// Artifacts by name.
  public var outputs: [String: Digest]
  /// How long the stage took, in seconds.
  public var seconds: Double
  /// When it ended, in seconds since 1970-01-01 00:00 UTC.
  public var finished: Double

  /// Creates a record.
  public init(key: Digest, stage: String, outputs: [String: Digest], seconds: Double, finished: Double) {
    self.key = key
    self.stage = stage
    self.outputs = outputs
    self.seconds = seconds
    self.finished = finished
  }
}

extension Pantry {
  /// The record under `key`, if the stage finished and all its artifacts are still there, byte for byte.
  public func record(for key: Digest) -> StageRecord? {
    guard let data = try? Data(contentsOf: URL(filePath: recordPath(key))),
      let record = try? JSONDecoder().decode(StageRecord.self, from: data),
      record.key == key, record.outputs.values.allSatisfy(verify)
    else { return nil }
    return record
  }

  /// Keeps the record of a finished stage; its artifacts must be in the pantry already.
  public func keep(_ record: StageRecord) throws {
    try write(record, to: recordPath(record.key), "can't keep a stage's record")
  }

  /// Keeps a run's document under `id`.
  public func keep(run document: some Encodable, id: String) throws {
    try write(document, to: "\(root)/runs/\(id).json", "can't keep the run's record")
  }

  /// The ids of the runs kept here, oldest first.
  public func runs() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/runs")) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The document of the run `id`.
  public func run(_ id: String) throws -> Data {
    guard let data = try? Data(contentsOf: URL(filePath: "\(root)/runs/\(id).json")) else {
      let known = runs().suffix(5).joined(separator: ", ")
      throw GalleyError(
        .missingInput, "can't read the run '\(id)'", at: "\(root)/runs", why: "there is no such run",
        remedy: known.isEmpty ? "Run a recipe first: galley run RECIPE." : "The latest runs are \(known).")
    }
    return data
  }

  private func recordPath(_ key: Digest) -> String { "\(root)/stages/\(key.hex).json" }

  private func write(_ document: some Encodable, to path: String, _ what: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(document)
    do throws(FileError) {
      try AtomicFile.write(data, to: path)
    } catch {
      throw GalleyError(writing: error, what)
    }
  }
}
