// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a machine's sensors showed while something was measured: time series over one common time base.
public struct ResourceSeries: Sendable, Hashable, Codable {
  /// The moment to which ``times`` relate, in nanoseconds of the sampled machine's monotonic clock.
  public var start: UInt64
  /// The same moment in seconds since 1970-01-01 00:00 UTC.
  public var startTime: Double
  /// Time between two samples that was asked for, in seconds.
  public var interval: Double
  /// When each sample was taken, in seconds after ``start``, ascending.
  public var times: [Double]
  /// What was read, each as long as ``times``.
  public var sensors: [SensorSeries]
  /// What this machine doesn't show, with the reasons.
  public var absent: [AbsentSensor]
  /// What sampling itself took.
  public var cost: SamplingCost

  /// Creates a record.
  public init(
    start: UInt64, startTime: Double, interval: Double, times: [Double], sensors: [SensorSeries],
    absent: [AbsentSensor], cost: SamplingCost
  ) {
    self.start = start
    self.startTime = startTime
    self.interval = interval
    self.times = times
    self.sensors = sensors
    self.absent = absent
    self.cost = cost
  }

  /// The series of one quantity, in the order in which the sensors were found.
  public func sensors(_ quantity: ResourceQuantity) -> [SensorSeries] { sensors.filter { $0.quantity == quantity } }
}

/// One sensor's values over time.
public struct SensorSeries: Sendable, Hashable, Codable {
  /// What the values are.
  public var quantity: ResourceQuantity
  /// Whose they are: a process's name, `cpu3`, a thermal zone, a power rail; `nil` for the machine as a whole.
  public var subject: String?
  /// Where they come from: `proc`, `cpufreq`, `thermal`, `powercap`, `hwmon`, `power_supply`, `nvml`.
  public var source: String
  /// A value for each sample; `nil` where there was none. Rates (a share of a processor) belong to the time since the
  /// sample before, so the first is `nil`.
  public var values: [Double?]

  /// Creates a series.
  public init(quantity: ResourceQuantity, subject: String?, source: String, values: [Double?]) {
    self.quantity = quantity
    self.subject = subject
    self.source = source
    self.values = values
  }
}

/// A sensor that the machine lacks or doesn't let this user read.
public struct AbsentSensor: Sendable, Hashable, Codable {
  /// What it would have shown.
  public var quantity: ResourceQuantity
  /// Whose value it would have been, if that is known.
  public var subject: String?
  /// Why there is no value.
  public var reason: String

  /// Creates a record.
  public init(quantity: ResourceQuantity, subject: String? = nil, reason: String) {
    self.quantity = quantity
    self.subject = subject
    self.reason = reason
  }
}

/// What sampling itself took of the machine.
public struct SamplingCost: Sendable, Hashable, Codable {
  /// Processor time of the sampling thread, in seconds.
  public var processorSeconds: Double
  /// How long it sampled, in seconds.
  public var seconds: Double
  /// Samples that were left out because the one before took too long.
  public var missed: Int

  /// Creates a record.
  public init(processorSeconds: Double, seconds: Double, missed: Int) {
    self.processorSeconds = processorSeconds
    self.seconds = seconds
    self.missed = missed
  }

  /// The part of one processor that sampling used: 0.01 is one hundredth.
  public var share: Double { seconds > 0 ? processorSeconds / seconds : 0 }
}
