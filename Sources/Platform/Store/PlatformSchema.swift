// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB

/// The tables of the platform, by version. A version, once released, never changes; a change is a new version.
enum PlatformSchema {
  /// Marks an SQLite file as a platform's: "GPLT" in ASCII, as SQLite's `application_id`.
  static let applicationID = 0x4750_4C54

  /// Makes any earlier version the present one.
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
      for statements in [things, truth, predictions, models] { try database.execute(sql: statements) }
    }
    // A list of a whole data set comes in the order of the items' numbers without being sorted.
    migrator.registerMigration("2") { try $0.execute(sql: "CREATE INDEX item_dataset ON item (dataset)") }
    return migrator
  }()

  /// `number` is the key within the database, `id` the one that people and programs use. Units are in the names:
  /// `_unix_s` seconds since 1970-01-01 00:00 UTC, `_bytes` bytes, `_px` pixels.
  private static let things = """
    CREATE TABLE project (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL UNIQUE CHECK (length(name) > 0),
      metadata_json TEXT NOT NULL CHECK (json_valid(metadata_json)),
      created_unix_s REAL NOT NULL,
      updated_unix_s REAL NOT NULL
    ) STRICT;
    CREATE TABLE dataset (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      project INTEGER NOT NULL REFERENCES project (number) ON DELETE CASCADE,
      name TEXT NOT NULL CHECK (length(name) > 0),
      labels_json TEXT NOT NULL CHECK (json_valid(labels_json)),
      metadata_json TEXT NOT NULL CHECK (json_valid(metadata_json)),
      created_unix_s REAL NOT NULL,
      updated_unix_s REAL NOT NULL,
      UNIQUE (project, name)
    ) STRICT;
    CREATE TABLE item (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      dataset INTEGER NOT NULL REFERENCES dataset (number) ON DELETE CASCADE,
      path TEXT NOT NULL CHECK (substr(path, 1, 1) = '/'),
      folder TEXT NOT NULL,
      name TEXT NOT NULL CHECK (length(name) > 0),
      digest TEXT NOT NULL CHECK (length(digest) = 64),
      media_type TEXT NOT NULL,
      size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
      width_px INTEGER,
      height_px INTEGER,
      is_hidden INTEGER NOT NULL CHECK (is_hidden IN (0, 1)),
      metadata_json TEXT NOT NULL CHECK (json_valid(metadata_json)),
      created_unix_s REAL NOT NULL,
      updated_unix_s REAL NOT NULL,
      UNIQUE (dataset, path)
    ) STRICT;
    CREATE INDEX item_folder ON item (dataset, folder);
    CREATE INDEX item_name ON item (dataset, name);
    CREATE INDEX item_created ON item (dataset, created_unix_s);
    CREATE INDEX item_digest ON item (digest);
    """

  /// What annotations of either kind have. `type` is Dataloop's word, `geometry_json` Galley's own form,
  /// `document_json` what a foreign document said beyond that.
  private static let annotationColumns = """
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      item INTEGER NOT NULL REFERENCES item (number) ON DELETE CASCADE,
      dataset INTEGER NOT NULL REFERENCES dataset (number) ON DELETE CASCADE,
      type TEXT NOT NULL CHECK (length(type) > 0),
      label TEXT NOT NULL,
      confidence REAL CHECK (confidence BETWEEN 0 AND 1),
      geometry_json TEXT NOT NULL CHECK (json_valid(geometry_json)),
      attributes_json TEXT NOT NULL CHECK (json_valid(attributes_json)),
      document_json TEXT NOT NULL CHECK (json_valid(document_json)),
      parent_id TEXT,
      created_unix_s REAL NOT NULL,
      updated_unix_s REAL NOT NULL
    """

  /// Ground truth: what a person said, or what an import brought. No model can be named here.
  private static let truth = """
    CREATE TABLE annotation (
    \(annotationColumns),
      origin TEXT NOT NULL CHECK (origin IN ('person', 'import')),
      origin_name TEXT NOT NULL CHECK (length(origin_name) > 0)
    ) STRICT;
    CREATE INDEX annotation_item ON annotation (item);
    CREATE INDEX annotation_label ON annotation (dataset, label, confidence, item);
    CREATE INDEX annotation_type ON annotation (dataset, type, item);
    """

  /// Predictions have tables of their own, so that no question about ground truth can reach them. `staged` tables hold
  /// what a write-back has brought so far; nothing but the swap reads them.
  private static let predictions = """
    CREATE TABLE prediction (
    \(annotationColumns),
      model_id TEXT NOT NULL CHECK (length(model_id) > 0),
      model_version TEXT NOT NULL CHECK (length(model_version) > 0),
      model_name TEXT NOT NULL,
      run TEXT NOT NULL CHECK (length(run) > 0)
    ) STRICT;
    CREATE INDEX prediction_item ON prediction (item, model_id);
    CREATE INDEX prediction_label ON prediction (dataset, label, confidence, item);
    CREATE INDEX prediction_model ON prediction (model_id, dataset, item);
    CREATE TABLE write_back (
      number INTEGER PRIMARY KEY,
      run TEXT NOT NULL CHECK (length(run) > 0),
      model_id TEXT NOT NULL CHECK (length(model_id) > 0),
      model_version TEXT NOT NULL CHECK (length(model_version) > 0),
      model_name TEXT NOT NULL,
      dataset INTEGER NOT NULL REFERENCES dataset (number) ON DELETE CASCADE,
      started_unix_s REAL NOT NULL,
      swapped_unix_s REAL,
      swapped_items INTEGER,
      swapped_predictions INTEGER,
      UNIQUE (run, model_id)
    ) STRICT;
    CREATE TABLE staged_item (
      write_back INTEGER NOT NULL REFERENCES write_back (number) ON DELETE CASCADE,
      item INTEGER NOT NULL REFERENCES item (number) ON DELETE CASCADE,
      PRIMARY KEY (write_back, item)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE staged_prediction (
    \(annotationColumns),
      write_back INTEGER NOT NULL,
      FOREIGN KEY (write_back, item) REFERENCES staged_item (write_back, item) ON DELETE CASCADE
    ) STRICT;
    CREATE INDEX staged_prediction_item ON staged_prediction (write_back, item);
    """

  private static let models = """
    CREATE TABLE model (
      number INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      project INTEGER NOT NULL REFERENCES project (number) ON DELETE CASCADE,
      name TEXT NOT NULL CHECK (length(name) > 0),
      version INTEGER NOT NULL CHECK (version > 0),
      description TEXT,
      dataset INTEGER REFERENCES dataset (number) ON DELETE SET NULL,
      parent_id TEXT,
      input_type TEXT NOT NULL,
      output_type TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN
        ('created', 'pre-trained', 'pending', 'training', 'trained', 'deployed', 'failed', 'cloning')),
      status_reason TEXT,
      status_owner_json TEXT,
      labels_json TEXT NOT NULL CHECK (json_valid(labels_json)),
      tags_json TEXT NOT NULL CHECK (json_valid(tags_json)),
      configuration_json TEXT NOT NULL CHECK (json_valid(configuration_json)),
      subsets_json TEXT NOT NULL CHECK (json_valid(subsets_json)),
      metadata_json TEXT NOT NULL CHECK (json_valid(metadata_json)),
      created_unix_s REAL NOT NULL,
      updated_unix_s REAL NOT NULL,
      UNIQUE (project, name)
    ) STRICT;
    CREATE INDEX model_status ON model (status);
    CREATE TABLE model_artifact (
      model INTEGER NOT NULL REFERENCES model (number) ON DELETE CASCADE,
      path TEXT NOT NULL,
      digest TEXT NOT NULL CHECK (length(digest) = 64),
      size_bytes INTEGER NOT NULL CHECK (size_bytes >= 0),
      PRIMARY KEY (model, path)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX model_artifact_digest ON model_artifact (digest);
    CREATE TABLE model_status_change (
      number INTEGER PRIMARY KEY,
      model INTEGER NOT NULL REFERENCES model (number) ON DELETE CASCADE,
      status TEXT NOT NULL,
      reason TEXT,
      at_unix_s REAL NOT NULL
    ) STRICT;
    CREATE INDEX model_status_change_model ON model_status_change (model);
    CREATE TABLE model_metric (
      model INTEGER NOT NULL REFERENCES model (number) ON DELETE CASCADE,
      name TEXT NOT NULL CHECK (length(name) > 0),
      dataset_id TEXT NOT NULL,
      model_version INTEGER NOT NULL,
      value REAL NOT NULL,
      at_unix_s REAL NOT NULL,
      PRIMARY KEY (model, name, dataset_id, model_version)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE model_plot (
      number INTEGER PRIMARY KEY,
      model INTEGER NOT NULL REFERENCES model (number) ON DELETE CASCADE,
      figure TEXT NOT NULL CHECK (length(figure) > 0),
      legend TEXT NOT NULL,
      x REAL NOT NULL,
      y REAL NOT NULL
    ) STRICT;
    CREATE INDEX model_plot_model ON model_plot (model, figure, legend, x);
    """
}
