// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The methods by which a host lets a device load, measure and answer. Each has its own messages; all are free of
/// clocks and sockets.
public enum TargetMethod {
  /// ``OpenDataParameters`` → ``OpenDataResult``.
  public static let openData = "data.open"
  /// ``OpenImagesParameters`` → ``OpenDataResult``. Agents with the feature ``TargetFeature/images`` can do it.
  public static let openImages = "images.open"
  /// ``OpenSamplesParameters`` → ``OpenSamplesResult``.
  public static let openSamples = "samples.open"
  /// ``LoadParameters`` → ``LoadResult``.
  public static let load = "model.load"
  /// No parameters → ``FirstInferenceResult``.
  public static let firstInference = "measure.firstInference"
  /// ``WarmUpParameters`` → ``WarmUpResult``.
  public static let warmUp = "measure.warmUp"
  /// ``BlockParameters`` → ``BlockResult``.
  public static let block = "measure.block"
  /// ``ThroughputParameters`` → `ThroughputRecord`.
  public static let throughput = "measure.throughput"
  /// ``ProfileParameters`` → ``ProfileResult``.
  public static let profile = "measure.profile"
  /// ``PredictParameters`` → ``PredictResult``.
  public static let predict = "predict.answers"
  /// ``WriteOutputsParameters`` → ``WriteOutputsResult``.
  public static let writeOutputs = "predict.outputs"
  /// ``ObserveRangesParameters`` → ``ObserveRangesResult``.
  public static let observeRanges = "predict.ranges"
  /// No parameters → ``ResourceReport``.
  public static let resources = "process.resources"
  /// No parameters → `EnvironmentRecord`.
  public static let environment = "machine.environment"
  /// No parameters → `MachineObservation`: what the machine's processors did so far, and for whom.
  public static let observe = "machine.observe"
  /// No parameters → `RuntimeRecord`.
  public static let runtime = "runtime.record"
}

/// What not every agent can do, as its capabilities say.
public enum TargetFeature {
  /// Measuring processes decode image files: libvips is there.
  public static let images = "images"
}

/// A method without parameters.
public struct NoParameters: Sendable, Hashable, Codable {
  /// Creates it.
  public init() {}
}
