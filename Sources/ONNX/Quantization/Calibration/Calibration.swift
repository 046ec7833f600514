// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Collects the values of activations and turns them into ranges.
///
/// ```swift
/// var calibration = try Calibration(.minimumMaximum, tensors: plan.observed)
/// for batch in batches { try calibration.observe("conv1", values) }
/// let model = try plan.quantized(ranges: try calibration.ranges())
/// ```
///
/// The result depends on the values and on the order of the batches, and on nothing else.
public struct Calibration: Sendable {
  /// How ranges follow from values.
  public let method: CalibrationMethod
  /// The tensors that are to be observed.
  public let tensors: [String]
  private var extremes: [String: ActivationRange] = [:]
  private var histograms: [String: Histogram] = [:]

  /// Creates an empty collection.
  /// - Throws: `ONNXError` if the method is a percentile outside 0…100.
  public init(_ method: CalibrationMethod, tensors: [String]) throws(ONNXError) {
    if case .percentile(let percent) = method, !(percent > 0 && percent <= 100) {
      throw ONNXError(
        .invalidArgument, "the calibration can't begin", at: "percentile", because: "\(percent) is not in 0…100",
        remedy: "choose a percentile above 0 and at most 100, for example 99.99")
    }
    self.method = method
    self.tensors = tensors
  }

  /// Adds values of one tensor; an empty array changes nothing.
  /// - Throws: `ONNXError` if the tensor is not to be observed, or a value is not finite.
  public mutating func observe(_ tensor: String, _ values: [Float]) throws(ONNXError) {
    guard tensors.contains(tensor) else {
      throw ONNXError(
        .invalidArgument, "a tensor can't be calibrated", at: "tensor '\(tensor)'",
        because: "the plan does not observe it",
        remedy: "observe the tensors that the plan names")
    }
    guard let first = values.first else { return }
    var range = ActivationRange(minimum: first, maximum: first)
    for value in values {
      guard value.isFinite else {
        throw ONNXError(
          .invalidRange, "the calibration failed", at: "tensor '\(tensor)'", because: "it took the value \(value)",
          remedy: "look for the sample that makes the float model overflow, and leave it out or mend the model")
      }
      range.minimum = min(range.minimum, value)
      range.maximum = max(range.maximum, value)
    }
    extremes[tensor] = extremes[tensor].map(range.union) ?? range
    if method != .minimumMaximum { histograms[tensor, default: Histogram()].add(values, covering: range) }
  }

  /// The range of each tensor.
  /// - Throws: `ONNXError` that lists the tensors without values.
  public func ranges() throws(ONNXError) -> [String: ActivationRange] {
    let missing = tensors.filter { extremes[$0] == nil }
    guard missing.isEmpty else {
      throw ONNXError(
        .missingRange, "the calibration is incomplete", at: missing.joined(separator: ", "),
        because: "no values were observed", remedy: "run at least one sample through the observing model")
    }
    return extremes.reduce(into: [:]) { ranges, entry in
      ranges[entry.key] = range(of: entry.key, within: entry.value)
    }
  }

  private func range(of tensor: String, within extremes: ActivationRange) -> ActivationRange {
    guard let histogram = histograms[tensor] else { return extremes }
    let range: ActivationRange
    switch method {
    case .minimumMaximum: return extremes
    case .percentile(let percent): range = histogram.quantileRange(percent)
    case .entropy: range = histogram.leastDivergentRange()
    case .meanSquaredError: range = histogram.leastErrorRange()
    }
    // A bin may reach beyond the values in it.
    return ActivationRange(
      minimum: max(range.minimum, extremes.minimum), maximum: min(range.maximum, extremes.maximum))
  }
}
