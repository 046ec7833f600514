// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How ranges follow from the values that activations took on calibration samples.
public enum CalibrationMethod: Sendable, Hashable, Codable, CustomStringConvertible {
  /// From the smallest to the largest value. Nothing is cut off; best where there are few samples or no outliers.
  case minimumMaximum
  /// The values between two quantiles: with 99.9, the outer 0.05 % are cut off on each side. More than 0, at most 100.
  case percentile(Double)
  /// The range whose 8-bit histogram diverges least from that of the values (Kullback-Leibler), as in
  /// S. Migacz, "8-bit Inference with TensorRT", 2017.
  case entropy
  /// The range with the least mean squared error of rounding and cutting off together.
  case meanSquaredError

  /// A text that names the method in reports.
  public var description: String {
    switch self {
    case .minimumMaximum: "minimum-maximum"
    case .percentile(let percent): "percentile \(percent)"
    case .entropy: "entropy"
    case .meanSquaredError: "mean squared error"
    }
  }
}
