// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension GoldenColumn {
  /// All columns, in the order in which volumes hold them.
  public static let all: [GoldenColumn] = identity + subject + conditions + quality + speed + cost + provenance

  private static let identity: [GoldenColumn] = [
    GoldenColumn("id", meaning: "SHA-256 of the measurement, or of the columns of a row that wasn't measured here."),
    GoldenColumn("status", meaning: "measured, imported or failed."),
    GoldenColumn("reason", meaning: "Why it failed."),
    GoldenColumn("source", meaning: "What made the row: run, bench, sweep, file, import."),
    GoldenColumn("source_id", meaning: "The row's name where it was imported from."),
    GoldenColumn("variant", meaning: "The variant's or combination's name."),
    GoldenColumn("task", meaning: "The task, such as classification."),
  ]

  private static let subject: [GoldenColumn] = [
    GoldenColumn("target", meaning: "The target that measured."),
    GoldenColumn(
      "hardware", leip: ["device": 1], meaning: "What computed: the processor's name, or cuda: with the GPU's."),
    GoldenColumn("runtime", meaning: "What executed the model."),
    GoldenColumn("runtime_version", meaning: "Its version."),
    GoldenColumn("precision", short: ["quantization"], meaning: "Precision of weights and activations."),
    GoldenColumn("calibration_method", leip: ["calib_method": 1], meaning: "How ranges were found for quantization."),
    GoldenColumn("per_channel", .integer, .count, meaning: "1 if weights are quantized channel by channel, else 0."),
    GoldenColumn("model_family", meaning: "Family of the network."),
    GoldenColumn("backbone", meaning: "The network itself, or its backbone."),
    GoldenColumn("optimizer", meaning: "Optimizer of the training."),
    GoldenColumn("scheduler", meaning: "Schedule of the learning rate."),
    GoldenColumn("input_height", .integer, .count, leip: ["height": 1], meaning: "Height of an input in pixels."),
    GoldenColumn("input_width", .integer, .count, leip: ["width": 1], meaning: "Width of an input in pixels."),
  ]

  private static let conditions: [GoldenColumn] = [
    GoldenColumn("batch", .integer, .count, meaning: "Items in one inference."),
    GoldenColumn("threads", .integer, .count, meaning: "Threads that the runtime was allowed."),
    GoldenColumn("processes", .integer, .count, meaning: "Fresh processes that measured."),
    GoldenColumn("inferences", .integer, .count, meaning: "Inferences that the latency comes from."),
    GoldenColumn("warm_up", .integer, .count, meaning: "Inferences of all processes before the first that counts."),
    GoldenColumn("is_clean", .integer, .count, meaning: "1 if nothing disturbed the measurement, else 0."),
    GoldenColumn("load_average", .real, .count, meaning: "Load of the machine before the measurement, in processes."),
    GoldenColumn("processors", .integer, .count, meaning: "Logical processors that could be used."),
    GoldenColumn("memory_total_bytes", .integer, .bytes, meaning: "Memory of the machine."),
  ]

  private static let quality: [GoldenColumn] = [
    GoldenColumn(
      "accuracy", .real, .fraction, .larger, leip: ["od_task_metric": 1],
      meaning: "Quality on the device: the metric that accuracy_metric names."),
    GoldenColumn("accuracy_lower", .real, .fraction, meaning: "Lower bound of its 95 % interval."),
    GoldenColumn("accuracy_upper", .real, .fraction, meaning: "Upper bound of its 95 % interval."),
    GoldenColumn(
      "framework_accuracy", .real, .fraction, .larger, leip: ["if_task_metric": 1],
      meaning: "Quality in the framework that trained."),
    GoldenColumn("framework_accuracy_lower", .real, .fraction, meaning: "Lower bound of its 95 % interval."),
    GoldenColumn("framework_accuracy_upper", .real, .fraction, meaning: "Upper bound of its 95 % interval."),
    GoldenColumn(
      "relative_accuracy", .real, .fraction, .larger, leip: ["relative_task_metric": 1],
      meaning: "Quality divided by the best on the same data, averaged over data sets."),
    GoldenColumn("relative_accuracy_lower", .real, .fraction, meaning: "Lower bound of its 95 % interval."),
    GoldenColumn("relative_accuracy_upper", .real, .fraction, meaning: "Upper bound of its 95 % interval."),
    GoldenColumn("item_count", .integer, .count, meaning: "Items that the quality was judged on."),
  ]

  private static let speed: [GoldenColumn] = [
    GoldenColumn(
      "latency_s", .real, .seconds, .smaller, short: ["latency"], leip: ["od_inf_rate_ms": 1e-3, "od_inf_rate": 1e-3],
      meaning: "Median time of one inference of one batch, the runtime's call alone."),
    GoldenColumn(
      "latency_lower_s", .real, .seconds, meaning: "Lower bound of its 95 % interval, from the spread of processes."),
    GoldenColumn("latency_upper_s", .real, .seconds, meaning: "Upper bound of its 95 % interval."),
    GoldenColumn("latency_sigma_s", .real, .seconds, meaning: "Standard deviation between the processes' medians."),
    GoldenColumn("latency_mean_s", .real, .seconds, .smaller, short: ["latency_mean"], meaning: "Mean."),
    GoldenColumn("latency_deviation_s", .real, .seconds, meaning: "Standard deviation of single inferences."),
    GoldenColumn("latency_mad_s", .real, .seconds, meaning: "Median absolute deviation of single inferences."),
    GoldenColumn("latency_minimum_s", .real, .seconds, meaning: "Shortest inference."),
    GoldenColumn("latency_p90_s", .real, .seconds, .smaller, short: ["latency_p90"], meaning: "90th percentile."),
    GoldenColumn("latency_p95_s", .real, .seconds, .smaller, short: ["latency_p95"], meaning: "95th percentile."),
    GoldenColumn("latency_p99_s", .real, .seconds, .smaller, short: ["latency_p99"], meaning: "99th percentile."),
    GoldenColumn("latency_maximum_s", .real, .seconds, meaning: "Longest inference."),
    GoldenColumn(
      "load_s", .real, .seconds, .smaller, short: ["load"], meaning: "Median time to read and compile the model."),
    GoldenColumn("first_inference_s", .real, .seconds, meaning: "Median time of the first inference."),
    GoldenColumn("preprocessing_s", .real, .seconds, meaning: "Median time of preprocessing."),
    GoldenColumn("postprocessing_s", .real, .seconds, meaning: "Median time of postprocessing."),
    GoldenColumn(
      "end_to_end_s", .real, .seconds, .smaller, short: ["end_to_end"],
      meaning: "Median time of preprocessing, inference and postprocessing."),
    GoldenColumn(
      "throughput_per_s", .real, .perSecond, .larger, short: ["throughput"],
      meaning: "Samples per second with several inferences in flight."),
    GoldenColumn("throughput_lower_per_s", .real, .perSecond, meaning: "Lower bound of its 95 % interval."),
    GoldenColumn("throughput_upper_per_s", .real, .perSecond, meaning: "Upper bound of its 95 % interval."),
  ]

  private static let cost: [GoldenColumn] = [
    GoldenColumn(
      "energy_j", .real, .joules, .smaller, short: ["energy"], leip: ["od_inf_energy_mJ": 1e-3, "od_inf_energy": 1e-3],
      meaning: "Energy of one inference."),
    GoldenColumn("power_w", .real, .watts, .smaller, short: ["power"], meaning: "Mean power while it was measured."),
    GoldenColumn(
      "model_size_bytes", .integer, .bytes, .smaller, short: ["size"], leip: ["od_size_MB": 1e6, "od_size": 1e6],
      meaning: "Size of the file that was measured."),
    GoldenColumn(
      "framework_size_bytes", .integer, .bytes, .smaller, leip: ["if_inf_size": 1],
      meaning: "Size of the model in the framework."
    ),
    GoldenColumn(
      "macs", .integer, .operations, .smaller, leip: ["if_inf_macs": 1], meaning: "Operations of one inference."),
    GoldenColumn(
      "peak_resident_bytes", .integer, .bytes, .smaller, short: ["memory"], leip: ["od_cpu_mem_MB": 1e6],
      meaning: "Largest resident memory of a process that measured."),
    GoldenColumn(
      "baseline_resident_bytes", .integer, .bytes, meaning: "Its resident memory before the model was loaded."),
    GoldenColumn(
      "gpu_memory_bytes", .integer, .bytes, .smaller, short: ["gpu_memory"], leip: ["od_gpu_mem_MB": 1e6],
      meaning: "Memory in use on the GPU."),
    GoldenColumn(
      "unified_memory_bytes", .integer, .bytes, .smaller, leip: ["od_unified_mem_MB": 1e6],
      meaning: "Memory that processor and GPU share."),
    GoldenColumn(
      "total_memory_bytes", .integer, .bytes, .smaller, leip: ["od_total_mem_MB": 1e6], meaning: "All memory together."),
    GoldenColumn("processor_use_cores", .real, .cores, meaning: "Processor time divided by time."),
    GoldenColumn(
      "processor_frequency_hz", .real, .hertz, leip: ["od_avg_cpu_freq_Hz": 1],
      meaning: "Mean frequency of the processors."),
  ]

  private static let provenance: [GoldenColumn] = [
    GoldenColumn("measured_at_unix_s", .real, .instant, short: ["measured_at"], meaning: "When it was measured."),
    GoldenColumn("galley_version", meaning: "The Galley that measured."),
    GoldenColumn("host", meaning: "The machine's name."),
    GoldenColumn("processor", meaning: "The processor's name."),
    GoldenColumn("processor_architecture", meaning: "x86_64, aarch64."),
    GoldenColumn("system", meaning: "Operating system and its version."),
    GoldenColumn("kernel", meaning: "Kernel and its release."),
    GoldenColumn("governor", meaning: "Frequency governor."),
    GoldenColumn("gpu", meaning: "The GPU's name."),
    GoldenColumn("gpu_driver", meaning: "Version of its driver."),
    GoldenColumn("seed", meaning: "Seed of drawn inputs and of the order of turns."),
    GoldenColumn("accuracy_metric", meaning: "What accuracy is: accuracy, mAP …"),
    GoldenColumn("subset", meaning: "The subset that the items come from."),
    GoldenColumn("data_name", meaning: "Name of the data set, for people."),
    GoldenColumn("data_digest", meaning: "SHA-256 of the items measured on."),
    GoldenColumn("recipe_digest", meaning: "SHA-256 of the recipe, which volumes keep whole."),
    GoldenColumn("model_digest", meaning: "SHA-256 of the file that was measured."),
    GoldenColumn("library_digest", meaning: "SHA-256 of the runtime's library."),
  ]
}
