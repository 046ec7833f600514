// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What sensors showed over an interval, a figure for each sensor.
public struct ResourceSummary: Sendable, Hashable, Codable {
  /// Begin of the interval, in seconds after the series' start.
  public var from: Double
  /// End of the interval, in seconds after the series' start.
  public var to: Double
  /// Inferences in the interval, if they were counted.
  public var inferences: Int?
  /// A figure for each sensor.
  public var figures: [ResourceFigure]
  /// Energy that the machine's processor and memory, or the whole board, took in the interval.
  public var energy: EnergyFigure
  /// What the machine doesn't show, with the reasons.
  public var absent: [AbsentSensor]

  /// Creates a record.
  public init(
    from: Double, to: Double, inferences: Int?, figures: [ResourceFigure], energy: EnergyFigure, absent: [AbsentSensor]
  ) {
    self.from = from
    self.to = to
    self.inferences = inferences
    self.figures = figures
    self.energy = energy
    self.absent = absent
  }
}

/// One sensor over an interval, in the unit of its quantity.
public struct ResourceFigure: Sendable, Hashable, Codable {
  /// What it shows.
  public var quantity: ResourceQuantity
  /// Whose value it is.
  public var subject: String?
  /// Where it comes from.
  public var source: String
  /// Mean over the time of the interval; for energy and counts, the mean per second. `nil` without values.
  public var mean: Double?
  /// Largest value; for energy and counts, the increase over the interval. `nil` without values.
  public var maximum: Double?
  /// Energy in joules, for power and energy.
  public var energy: EnergyFigure?

  /// Creates a figure.
  public init(
    quantity: ResourceQuantity, subject: String?, source: String, mean: Double?, maximum: Double?, energy: EnergyFigure?
  ) {
    self.quantity = quantity
    self.subject = subject
    self.source = source
    self.mean = mean
    self.maximum = maximum
    self.energy = energy
  }
}

/// Energy over an interval, or why it isn't known.
public struct EnergyFigure: Sendable, Hashable, Codable {
  /// Energy in joules; `nil` if unknown.
  public var joules: Double?
  /// Energy of one inference in joules; `nil` if unknown.
  public var perInference: Double?
  /// The sensors that it comes from.
  public var sources: [String]
  /// Why one of the figures is unknown.
  public var reason: String?

  /// Creates a figure.
  public init(joules: Double?, perInference: Double?, sources: [String], reason: String?) {
    self.joules = joules
    self.perInference = perInference
    self.sources = sources
    self.reason = reason
  }
}
