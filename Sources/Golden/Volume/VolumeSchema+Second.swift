// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension VolumeSchema {
  /// The second version: one wide table for asking, the documents beside it, so that a filter reads few pages; rows
  /// that failed and rows that come from elsewhere.
  ///
  /// Units are in the names: `_s` seconds, `_bytes` bytes, `_j` joules, `_w` watts, `_hz` hertz, `_per_s` per second,
  /// `_unix_s` seconds since 1970-01-01 00:00 UTC; accuracies are fractions.
  static let secondVersion = """
    CREATE TABLE golden (
      id TEXT PRIMARY KEY NOT NULL,
      status TEXT NOT NULL CHECK (status IN ('measured', 'imported', 'failed')),
      reason TEXT,
      source TEXT NOT NULL,
      source_id TEXT,
      variant TEXT NOT NULL,
      task TEXT NOT NULL,
      target TEXT NOT NULL,
      hardware TEXT,
      runtime TEXT,
      runtime_version TEXT,
      precision TEXT,
      calibration_method TEXT,
      per_channel INTEGER CHECK (per_channel IN (0, 1)),
      model_family TEXT,
      backbone TEXT,
      optimizer TEXT,
      scheduler TEXT,
      input_height INTEGER,
      input_width INTEGER,
      batch INTEGER CHECK (batch > 0),
      threads INTEGER CHECK (threads > 0),
      processes INTEGER CHECK (processes > 0),
      inferences INTEGER CHECK (inferences > 0),
      warm_up INTEGER CHECK (warm_up >= 0),
      is_clean INTEGER CHECK (is_clean IN (0, 1)),
      load_average REAL,
      processors INTEGER,
      memory_total_bytes INTEGER,
      accuracy REAL CHECK (accuracy BETWEEN 0 AND 1),
      accuracy_lower REAL,
      accuracy_upper REAL,
      framework_accuracy REAL CHECK (framework_accuracy BETWEEN 0 AND 1),
      framework_accuracy_lower REAL,
      framework_accuracy_upper REAL,
      relative_accuracy REAL CHECK (relative_accuracy >= 0),
      relative_accuracy_lower REAL,
      relative_accuracy_upper REAL,
      item_count INTEGER,
      latency_s REAL CHECK (latency_s > 0),
      latency_lower_s REAL,
      latency_upper_s REAL,
      latency_sigma_s REAL CHECK (latency_sigma_s >= 0),
      latency_mean_s REAL,
      latency_deviation_s REAL,
      latency_mad_s REAL,
      latency_minimum_s REAL,
      latency_p90_s REAL,
      latency_p95_s REAL,
      latency_p99_s REAL,
      latency_maximum_s REAL,
      load_s REAL CHECK (load_s >= 0),
      first_inference_s REAL,
      preprocessing_s REAL,
      postprocessing_s REAL,
      end_to_end_s REAL CHECK (end_to_end_s >= 0),
      throughput_per_s REAL CHECK (throughput_per_s > 0),
      throughput_lower_per_s REAL,
      throughput_upper_per_s REAL,
      energy_j REAL CHECK (energy_j > 0),
      power_w REAL CHECK (power_w > 0),
      model_size_bytes INTEGER CHECK (model_size_bytes > 0),
      framework_size_bytes INTEGER CHECK (framework_size_bytes > 0),
      macs INTEGER CHECK (macs > 0),
      peak_resident_bytes INTEGER CHECK (peak_resident_bytes > 0),
      baseline_resident_bytes INTEGER,
      gpu_memory_bytes INTEGER,
      unified_memory_bytes INTEGER,
      total_memory_bytes INTEGER,
      processor_use_cores REAL CHECK (processor_use_cores >= 0),
      processor_frequency_hz REAL,
      measured_at_unix_s REAL,
      galley_version TEXT,
      host TEXT,
      processor TEXT,
      processor_architecture TEXT,
      system TEXT,
      kernel TEXT,
      governor TEXT,
      gpu TEXT,
      gpu_driver TEXT,
      seed TEXT,
      accuracy_metric TEXT,
      subset TEXT,
      data_name TEXT,
      data_digest TEXT,
      recipe_digest TEXT NOT NULL,
      model_digest TEXT,
      library_digest TEXT,
      CHECK (status <> 'failed' OR reason IS NOT NULL),
      CHECK (status <> 'measured' OR (latency_s IS NOT NULL AND batch IS NOT NULL AND threads IS NOT NULL
        AND processes IS NOT NULL AND inferences IS NOT NULL AND is_clean IS NOT NULL AND processor IS NOT NULL
        AND runtime IS NOT NULL AND data_digest IS NOT NULL AND model_digest IS NOT NULL
        AND measured_at_unix_s IS NOT NULL))
    ) STRICT;
    CREATE TABLE document (
      id TEXT PRIMARY KEY NOT NULL REFERENCES golden (id) ON DELETE CASCADE,
      measurement_json TEXT,
      metadata_json TEXT NOT NULL,
      origin_json TEXT NOT NULL
    ) STRICT;
    CREATE TABLE recipe (
      digest TEXT PRIMARY KEY NOT NULL,
      form TEXT NOT NULL CHECK (form IN ('galley', 'bench', 'sppr', 'none')),
      content TEXT NOT NULL
    ) STRICT;
    INSERT INTO recipe SELECT recipe_digest, 'galley', max(recipe_json) FROM measurement GROUP BY recipe_digest;
    INSERT INTO golden (
      id, status, source, variant, task, target, hardware, runtime, runtime_version, precision, batch, threads,
      processes, inferences, warm_up, is_clean, load_average, processors, memory_total_bytes, accuracy, accuracy_lower,
      accuracy_upper, item_count, latency_s, latency_lower_s, latency_upper_s, latency_sigma_s, latency_mean_s,
      latency_deviation_s, latency_mad_s, latency_minimum_s, latency_p90_s, latency_p95_s, latency_p99_s,
      latency_maximum_s, load_s, first_inference_s, preprocessing_s, postprocessing_s, end_to_end_s, model_size_bytes,
      peak_resident_bytes, baseline_resident_bytes, processor_use_cores, measured_at_unix_s, galley_version, host,
      processor, processor_architecture, system, kernel, governor, seed, accuracy_metric, subset, data_digest,
      recipe_digest, model_digest, library_digest)
    SELECT
      id, 'measured', 'run', variant, task, target, processor, runtime, runtime_version, precision, batch, threads,
      processes, inferences,
      (SELECT sum(value) FROM json_each(measurement_json, '$.conditions.warmUp')), is_clean,
      json_extract(measurement_json, '$.environment.loadBefore'), json_extract(measurement_json, '$.environment.processorCount'),
      json_extract(measurement_json, '$.environment.memoryBytes'), accuracy, accuracy_lower, accuracy_upper, item_count,
      latency_median_s, latency_median_lower_s, latency_median_upper_s, latency_sigma_s,
      json_extract(measurement_json, '$.latency.summary.mean'), json_extract(measurement_json, '$.latency.summary.standardDeviation'),
      json_extract(measurement_json, '$.latency.summary.medianAbsoluteDeviation'),
      json_extract(measurement_json, '$.latency.summary.minimum'), json_extract(measurement_json, '$.latency.summary.p90'),
      json_extract(measurement_json, '$.latency.summary.p95'), latency_p99_s, json_extract(measurement_json, '$.latency.summary.maximum'),
      load_median_s, json_extract(measurement_json, '$.phases.firstInference.median'),
      json_extract(measurement_json, '$.phases.preprocessing.median'), json_extract(measurement_json, '$.phases.postprocessing.median'),
      end_to_end_median_s, model_size_bytes, peak_resident_bytes,
      (SELECT max(value) FROM json_each(measurement_json, '$.resources.baselineResidentBytes')), processor_use_cores,
      measured_at_unix_s, galley_version, json_extract(measurement_json, '$.environment.host'), processor,
      json_extract(measurement_json, '$.environment.architecture'), json_extract(measurement_json, '$.environment.system'),
      json_extract(measurement_json, '$.environment.kernel'), json_extract(measurement_json, '$.environment.governor'),
      CAST(json_extract(measurement_json, '$.conditions.seed') AS TEXT), iif(accuracy IS NULL, NULL, 'accuracy'),
      nullif(subset, ''), data_digest, recipe_digest, model_digest,
      json_extract(measurement_json, '$.runtime.libraryDigest')
    FROM measurement;
    INSERT INTO document SELECT id, measurement_json, metadata_json, '{}' FROM measurement;
    DROP TABLE measurement;
    CREATE INDEX golden_target ON golden (target, latency_s);
    CREATE INDEX golden_hardware ON golden (hardware, latency_s);
    CREATE INDEX golden_data ON golden (data_digest, task, target);
    CREATE INDEX golden_recipe ON golden (recipe_digest);
    CREATE INDEX golden_model ON golden (model_digest);
    CREATE INDEX golden_source ON golden (source_id);
    CREATE INDEX golden_time ON golden (measured_at_unix_s);
    """
}
