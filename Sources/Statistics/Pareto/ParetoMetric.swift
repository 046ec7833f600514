// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One metric of many rows, with what is known of its noise.
public struct ParetoMetric: Sendable, Hashable {
  /// How two values are compared.
  public enum Scale: String, Sendable, Hashable, Codable {
    /// By their ratio: times, sizes, energies, rates. Values have to be positive.
    case ratio
    /// By their difference: accuracies and other shares.
    case difference
  }

  /// What a metric usually measures; settles its sense, its scale, its name beside a baseline and its tolerance.
  public enum Quantity: String, Sendable, Hashable, Codable, CaseIterable { case time, rate, energy, size, quality }

  /// The metric's name, such as `od_inf_rate_ms`.
  public var name: String
  /// Whether a smaller or a larger value is better.
  public var sense: ParetoFront.Sense
  /// How two values are compared.
  public var scale: Scale
  /// What a better row is beside the baseline, such as "faster" in "x times faster"; `nil` keeps the metric's name.
  public var comparative: String?
  /// One value for each row; NaN where there is none.
  public var values: [Double]
  /// The standard deviation of each value over repetitions, NaN where it is unknown: relative (of the natural logarithm)
  /// on the scale `ratio`, in the metric's unit on the scale `difference`. `nil` if none is known.
  public var deviations: [Double]?
  /// Which measurement each value comes from; rows with the same number share the value and its noise, as the variants of
  /// one training run share its accuracy. `nil` where a row has a measurement of its own.
  public var measurements: [Int?]?
  /// A difference that the user doesn't care about, relative on the scale `ratio`. `nil` means 0 where deviations are
  /// known, and `usualTolerance` in place of every unknown deviation.
  public var tolerance: Double?
  /// Stands in for an unknown deviation if no tolerance is declared.
  public var usualTolerance: Double

  /// A metric of a usual kind. Tolerances are 5 % of times, rates, energies and sizes and 0.005 of a quality.
  public init(
    _ name: String, _ quantity: Quantity, values: [Double], deviations: [Double]? = nil, measurements: [Int?]? = nil,
    tolerance: Double? = nil
  ) {
    self.init(
      name, sense: quantity.sense, scale: quantity.scale, comparative: quantity.comparative, values: values,
      deviations: deviations, measurements: measurements, tolerance: tolerance, usualTolerance: quantity.usualTolerance)
  }

  /// Any metric.
  public init(
    _ name: String, sense: ParetoFront.Sense, scale: Scale, comparative: String? = nil, values: [Double],
    deviations: [Double]? = nil, measurements: [Int?]? = nil, tolerance: Double? = nil, usualTolerance: Double = 0
  ) {
    self.name = name
    self.sense = sense
    self.scale = scale
    self.comparative = comparative
    self.values = values
    self.deviations = deviations
    self.measurements = measurements
    self.tolerance = tolerance
    self.usualTolerance = usualTolerance
  }

  /// The name of the metric when it is normalized by a baseline: "x times faster", or the metric's own.
  public var normalizedName: String { comparative.map { "x times \($0)" } ?? name }
}

extension ParetoMetric.Quantity {
  /// Whether a smaller or a larger value is better.
  public var sense: ParetoFront.Sense { self == .rate || self == .quality ? .maximize : .minimize }

  /// How two values are compared.
  public var scale: ParetoMetric.Scale { self == .quality ? .difference : .ratio }

  /// What a better row is beside a baseline.
  public var comparative: String? {
    switch self {
    case .time, .rate: "faster"
    case .energy, .size: "smaller"
    case .quality: nil
    }
  }

  /// The difference that is usually not cared about.
  public var usualTolerance: Double { self == .quality ? 0.005 : 0.05 }
}
