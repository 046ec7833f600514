// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley
internal import Statistics

extension GoldenRow {
  /// The values of all columns.
  func columns() throws -> [String: (any DatabaseValueConvertible)?] {
    let quality = measurement.quality
    return [
      "id": id.hex, "recipe_digest": recipeDigest.hex, "recipe_json": recipe, "variant": variant, "task": task,
      "target": target, "processor": measurement.environment.processor, "runtime": measurement.runtime.name,
      "runtime_version": measurement.runtime.version, "is_clean": measurement.verdict.isClean,
      "item_count": quality?.itemCount, "accuracy": quality?.accuracy,
      "accuracy_lower": quality?.accuracyInterval.lower, "accuracy_upper": quality?.accuracyInterval.upper,
      "measured_at_unix_s": measurement.environment.time, "galley_version": measurement.environment.galleyVersion,
      "measurement_json": measurementText, "metadata_json": try VolumeText.encode(metadata),
    ].merging(modelColumns) { $1 }.merging(costColumns) { $1 }
  }

  private var modelColumns: [String: (any DatabaseValueConvertible)?] {
    let conditions = measurement.conditions
    return [
      "precision": measurement.model.precision, "model_digest": measurement.model.digest.hex,
      "model_size_bytes": measurement.model.byteCount, "data_digest": dataDigest.hex,
      "subset": conditions.subset.rawValue, "batch": conditions.batch, "threads": conditions.threads,
      "processes": conditions.processes, "inferences": measurement.latency.summary.count,
    ]
  }

  private var costColumns: [String: (any DatabaseValueConvertible)?] {
    let latency = measurement.latency
    return [
      "latency_median_s": latency.summary.median, "latency_median_lower_s": latency.medianInterval.lower,
      "latency_median_upper_s": latency.medianInterval.upper, "latency_p99_s": latency.summary.p99,
      "latency_sigma_s": latency.sigma, "load_median_s": measurement.phases.load.median,
      "end_to_end_median_s": measurement.phases.endToEnd?.median,
      "peak_resident_bytes": measurement.resources.peakResidentBytes.max() ?? 0,
      "processor_use_cores": measurement.resources.processorUse.median,
    ]
  }

  /// Reads a row and proves that its measurement is the one that was written.
  init(_ row: Row) throws {
    let text: String = try row.decode(forColumn: "measurement_json")
    let name: String = try row.decode(forColumn: "id")
    guard let id = Digest(hex: name), Digest(of: text) == id else { throw VolumeDamage(row: name) }
    guard let recipeDigest = Digest(hex: try row.decode(forColumn: "recipe_digest")) else {
      throw VolumeDamage(row: name)
    }
    self.init(
      id: id, recipeDigest: recipeDigest, recipe: try row.decode(forColumn: "recipe_json"),
      variant: try row.decode(forColumn: "variant"), task: try row.decode(forColumn: "task"),
      target: try row.decode(forColumn: "target"), measurement: try VolumeText.decode(text),
      metadata: try VolumeText.decode(try row.decode(forColumn: "metadata_json")), measurementText: text)
  }
}

/// A row whose content isn't what was written.
struct VolumeDamage: Error {
  /// The row's id.
  let row: String
}
