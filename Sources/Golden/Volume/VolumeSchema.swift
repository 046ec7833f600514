// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB

/// The tables of a golden volume, by version. A version, once released, never changes; a change is a new version.
enum VolumeSchema {
  /// Marks an SQLite file as a golden volume: "GALY" in ASCII, as SQLite's `application_id`.
  static let applicationID = 0x4741_4C59

  /// Makes any earlier version the present one.
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      try database.execute(sql: firstVersion)
    }
    migrator.registerMigration("2") { try $0.execute(sql: secondVersion) }
    return migrator
  }()

  /// Units are in the names: `_s` seconds, `_bytes` bytes, `_unix_s` seconds since 1970-01-01 00:00 UTC; accuracies
  /// are fractions. The JSON columns hold everything; the others are for asking.
  private static let firstVersion = """
    CREATE TABLE measurement (
      id TEXT PRIMARY KEY NOT NULL,
      recipe_digest TEXT NOT NULL,
      recipe_json TEXT NOT NULL,
      variant TEXT NOT NULL,
      task TEXT NOT NULL,
      target TEXT NOT NULL,
      processor TEXT NOT NULL,
      runtime TEXT NOT NULL,
      runtime_version TEXT NOT NULL,
      precision TEXT NOT NULL,
      model_digest TEXT NOT NULL,
      model_size_bytes INTEGER NOT NULL CHECK (model_size_bytes > 0),
      data_digest TEXT NOT NULL,
      subset TEXT NOT NULL,
      batch INTEGER NOT NULL CHECK (batch > 0),
      threads INTEGER NOT NULL CHECK (threads > 0),
      processes INTEGER NOT NULL CHECK (processes > 0),
      inferences INTEGER NOT NULL CHECK (inferences > 0),
      latency_median_s REAL NOT NULL CHECK (latency_median_s > 0),
      latency_median_lower_s REAL NOT NULL,
      latency_median_upper_s REAL NOT NULL,
      latency_p99_s REAL NOT NULL,
      latency_sigma_s REAL NOT NULL CHECK (latency_sigma_s >= 0),
      load_median_s REAL NOT NULL CHECK (load_median_s >= 0),
      end_to_end_median_s REAL NOT NULL CHECK (end_to_end_median_s >= 0),
      peak_resident_bytes INTEGER NOT NULL CHECK (peak_resident_bytes > 0),
      processor_use_cores REAL NOT NULL CHECK (processor_use_cores >= 0),
      item_count INTEGER,
      accuracy REAL CHECK (accuracy BETWEEN 0 AND 1),
      accuracy_lower REAL,
      accuracy_upper REAL,
      is_clean INTEGER NOT NULL CHECK (is_clean IN (0, 1)),
      measured_at_unix_s REAL NOT NULL,
      galley_version TEXT NOT NULL,
      measurement_json TEXT NOT NULL,
      metadata_json TEXT NOT NULL
    ) STRICT;
    CREATE INDEX measurement_recipe ON measurement (recipe_digest);
    CREATE INDEX measurement_data ON measurement (data_digest, task, target);
    """
}
