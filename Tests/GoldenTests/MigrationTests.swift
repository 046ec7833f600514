// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import GRDB
import Galley
import Golden
import Statistics
import Testing

@Suite struct MigrationTests {
  @Test func rowsOfTheFirstVersionAreKept() throws {
    try RowFixture.withFolder { folder in
      let path = folder + "/old.golden"
      let rows = [try RowFixture.row("a"), try RowFixture.row("b", median: 33e-6, accuracy: nil)]
      try FirstVersion.write(rows, to: path)
      let before = try Data(contentsOf: URL(filePath: path))
      let reading = try GoldenVolumes(paths: [path])
      #expect(Set(try reading.rows().map(\.id)) == Set(rows.map(\.id)))
      #expect(try Data(contentsOf: URL(filePath: path)) == before, "reading changes no file")
      let volume = try GoldenVolume.open(path)
      #expect(try volume.check() == 2)
      let found = try #require(try volume.rows(GoldenFilter(variant: "b")).first)
      let wanted = try #require(rows.first { $0.variant == "b" })
      #expect(found.measurement == wanted.measurement)
      #expect(found.recipe == wanted.recipe)
      #expect(found.metadata == wanted.metadata)
      #expect(found.values == wanted.values)
      #expect(try volume.insert(rows) == 0)
    }
  }

  @Test func aSecondProcessFindsItDone() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "golden-\(UUID().uuidString)").path()
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FirstVersion.write([try RowFixture.row("a")], to: folder + "/a.golden")
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<4 { group.addTask { try GoldenVolume.open(folder + "/a.golden").check() } }
      for try await count in group { #expect(count == 1) }
    }
  }
}

/// Writes volumes as Galley 0.1 did.
enum FirstVersion {
  static func write(_ rows: [GoldenRow], to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try DatabaseQueue(path: path).write { database in
      try database.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
      try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('1'); PRAGMA application_id = 1195461721")
      try database.execute(sql: schema)
      for row in rows {
        let measurement = try #require(row.measurement)
        let quality = measurement.quality
        try database.execute(
          sql: "INSERT INTO measurement VALUES (\((0..<36).map { _ in "?" }.joined(separator: ", ")))",
          arguments: [
            row.id.hex, row.recipeDigest.hex, row.recipe.content, row.variant, row.task, row.target,
            measurement.environment.processor, measurement.runtime.name, measurement.runtime.version,
            measurement.model.precision, measurement.model.digest.hex, measurement.model.byteCount,
            measurement.conditions.dataDigest.hex, measurement.conditions.subset?.rawValue ?? "",
            measurement.conditions.batch, measurement.conditions.threads, measurement.conditions.processes,
            measurement.latency.summary.count, measurement.latency.summary.median,
            measurement.latency.medianInterval.lower, measurement.latency.medianInterval.upper,
            measurement.latency.summary.p99, measurement.latency.sigma, measurement.phases.load.median,
            measurement.phases.endToEnd?.median ?? 0, measurement.resources.peakResidentBytes.max() ?? 0,
            measurement.resources.processorUse.median, quality?.itemCount, quality?.accuracy,
            quality?.accuracyInterval.lower, quality?.accuracyInterval.upper, measurement.verdict.isClean ? 1 : 0,
            measurement.environment.time, measurement.environment.galleyVersion,
            String(decoding: try encoder.encode(measurement), as: UTF8.self),
            String(decoding: try encoder.encode(row.metadata), as: UTF8.self),
          ])
      }
    }
  }

  private static let schema = """
    CREATE TABLE measurement (
      id TEXT PRIMARY KEY NOT NULL, recipe_digest TEXT NOT NULL, recipe_json TEXT NOT NULL, variant TEXT NOT NULL,
      task TEXT NOT NULL, target TEXT NOT NULL, processor TEXT NOT NULL, runtime TEXT NOT NULL,
      runtime_version TEXT NOT NULL, precision TEXT NOT NULL, model_digest TEXT NOT NULL,
      model_size_bytes INTEGER NOT NULL CHECK (model_size_bytes > 0), data_digest TEXT NOT NULL, subset TEXT NOT NULL,
      batch INTEGER NOT NULL CHECK (batch > 0), threads INTEGER NOT NULL CHECK (threads > 0),
      processes INTEGER NOT NULL CHECK (processes > 0), inferences INTEGER NOT NULL CHECK (inferences > 0),
      latency_median_s REAL NOT NULL CHECK (latency_median_s > 0), latency_median_lower_s REAL NOT NULL,
      latency_median_upper_s REAL NOT NULL, latency_p99_s REAL NOT NULL,
      latency_sigma_s REAL NOT NULL CHECK (latency_sigma_s >= 0),
      load_median_s REAL NOT NULL CHECK (load_median_s >= 0),
      end_to_end_median_s REAL NOT NULL CHECK (end_to_end_median_s >= 0),
      peak_resident_bytes INTEGER NOT NULL CHECK (peak_resident_bytes > 0),
      processor_use_cores REAL NOT NULL CHECK (processor_use_cores >= 0), item_count INTEGER,
      accuracy REAL CHECK (accuracy BETWEEN 0 AND 1), accuracy_lower REAL, accuracy_upper REAL,
      is_clean INTEGER NOT NULL CHECK (is_clean IN (0, 1)), measured_at_unix_s REAL NOT NULL,
      galley_version TEXT NOT NULL, measurement_json TEXT NOT NULL, metadata_json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX measurement_recipe ON measurement (recipe_digest);
    CREATE INDEX measurement_data ON measurement (data_digest, task, target);
    """
}
