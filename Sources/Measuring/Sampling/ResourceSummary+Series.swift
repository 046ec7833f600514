// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension ResourceSeries {
  /// Part of an interval that a sensor must cover for its energy to be that of the interval.
  private static let leastCover = 0.95

  /// What the sensors showed over an interval.
  /// - Parameters:
  ///   - from: Begin in seconds after ``ResourceSeries/start``; by default the first sample.
  ///   - to: End; by default the last sample.
  ///   - inferences: Inferences that were run in the interval, for the energy of one.
  public func summary(from: Double? = nil, to: Double? = nil, inferences: Int? = nil) -> ResourceSummary {
    let first = from ?? times.first ?? 0
    let last = max(to ?? times.last ?? 0, first)
    let figures = sensors.map { figure($0, first, last, inferences) }
    return ResourceSummary(
      from: first, to: last, inferences: inferences, figures: figures, energy: machineEnergy(figures, inferences),
      absent: absent)
  }

  private func figure(_ sensor: SensorSeries, _ from: Double, _ to: Double, _ inferences: Int?) -> ResourceFigure {
    let integral = SeriesIntegral(sensor, times, from: from, to: to)
    var mean = integral.covered > 0 ? integral.integral / integral.covered : nil
    var maximum = integral.maximum
    if sensor.quantity.isCumulative {
      mean = integral.covered > 0 ? integral.increase.map { $0 / integral.covered } : nil
      maximum = integral.increase
    } else if mean == nil {
      mean = maximum
    }
    return ResourceFigure(
      quantity: sensor.quantity, subject: sensor.subject, source: sensor.source, mean: mean, maximum: maximum,
      energy: energy(sensor, integral, to - from, inferences))
  }

  private func energy(
    _ sensor: SensorSeries, _ integral: SeriesIntegral, _ length: Double, _ inferences: Int?
  ) -> EnergyFigure? {
    guard sensor.quantity == .energy || sensor.quantity == .power else { return nil }
    let source = [sensor.source, sensor.subject].compactMap { $0 }.joined(separator: " ")
    guard length > 0, integral.covered >= Self.leastCover * length else {
      let part = length > 0 ? Int((integral.covered / length * 100).rounded()) : 0
      return EnergyFigure(
        joules: nil, perInference: nil, sources: [source],
        reason: "the sensor's values cover \(part) % of the interval")
    }
    // A sensor that covers most of the interval stands for all of it.
    let joules = (sensor.quantity == .energy ? integral.increase : integral.integral).map {
      $0 * length / integral.covered
    }
    return EnergyFigure(joules, inferences, [source])
  }

  /// The energy of processors and memory, or of the whole board: the first of these that the machine shows. GPUs are
  /// apart.
  private func machineEnergy(_ figures: [ResourceFigure], _ inferences: Int?) -> EnergyFigure {
    let chosen = Self.energySensors(figures)
    guard !chosen.isEmpty else {
      let reasons = absent.filter { $0.quantity == .energy || $0.quantity == .power }.map { sensor in
        [sensor.subject, sensor.reason].compactMap { $0 }.joined(separator: ": ")
      }
      return EnergyFigure(
        joules: nil, perInference: nil, sources: [],
        reason: reasons.isEmpty ? "no sensor shows the energy of the machine" : reasons.joined(separator: "; "))
    }
    let energies = chosen.compactMap(\.energy)
    let sources = energies.flatMap(\.sources)
    if let gap = energies.first(where: { $0.joules == nil }) {
      return EnergyFigure(joules: nil, perInference: nil, sources: sources, reason: gap.reason)
    }
    return EnergyFigure(energies.reduce(0) { $0 + ($1.joules ?? 0) }, inferences, sources)
  }

  private static func energySensors(_ figures: [ResourceFigure]) -> [ResourceFigure] {
    let zones = figures.filter { $0.source == "powercap" && $0.quantity == .energy }
    let chosen = PowercapChoice(zones.compactMap(\.subject))
    let machine = zones.filter { $0.subject.map(chosen.holds) ?? false }
    if !machine.isEmpty { return machine }
    // NVIDIA's Jetson boards name the rail that all others hang on so.
    let rails = figures.filter { figure in
      figure.source == "hwmon" && ["VDD_IN", "POM_5V_IN"].contains { figure.subject?.hasSuffix(" " + $0) == true }
    }
    if !rails.isEmpty { return rails }
    return figures.filter { $0.source == "power_supply" }
  }
}

extension EnergyFigure {
  /// Joules, and those of one inference where inferences were counted.
  fileprivate init(_ joules: Double?, _ inferences: Int?, _ sources: [String]) {
    let count = inferences ?? 0
    self.init(
      joules: joules, perInference: count > 0 ? joules.map { $0 / Double(count) } : nil, sources: sources,
      reason: count > 0 ? nil : "no inferences were counted in the interval")
  }
}
