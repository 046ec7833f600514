// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// A number in a measurement that can't be.
struct MeasurementFault: Sendable, Hashable {
  /// Key path of the number.
  let place: String
  /// What is wrong with it.
  let why: String

  /// The first fault, or `nil` if the measurement can enter a volume.
  static func first(in measurement: Measurement) -> MeasurementFault? {
    conditions(measurement.conditions) ?? timing(measurement.latency) ?? phases(measurement.phases)
      ?? resources(measurement.resources) ?? quality(measurement.quality)
      ?? positive("model.byteCount", measurement.model.byteCount)
  }

  private static func conditions(_ conditions: MeasurementConditions) -> MeasurementFault? {
    let counts = [
      ("batch", conditions.batch), ("threads", conditions.threads), ("processes", conditions.processes),
      ("blocks", conditions.blocks), ("inferencesPerBlock", conditions.inferencesPerBlock),
    ]
    let fault = counts.lazy.compactMap { positive("conditions.\($0.0)", $0.1) }.first
    return fault
      ?? (conditions.warmUp.contains { $0 < 0 }
        ? MeasurementFault(place: "conditions.warmUp", why: "a number of inferences is negative") : nil)
  }

  private static func timing(_ timing: Timing) -> MeasurementFault? {
    if let fault = summary("latency.summary", timing.summary) { return fault }
    guard timing.summary.median > 0 else {
      return MeasurementFault(place: "latency.summary.median", why: "an inference can't take no time")
    }
    guard !timing.processMedians.isEmpty else {
      return MeasurementFault(place: "latency.processMedians", why: "there is no process")
    }
    return timing.processMedians.lazy.compactMap { amount("latency.processMedians", $0) }.first
      ?? amount("latency.sigma", timing.sigma) ?? interval("latency.medianInterval", timing.medianInterval)
  }

  private static func phases(_ phases: PhaseTimings) -> MeasurementFault? {
    summary("phases.load", phases.load) ?? summary("phases.firstInference", phases.firstInference)
      ?? measured("phases.preprocessing", phases.preprocessing) ?? measured("phases.decoding", phases.decoding)
      ?? measured("phases.postprocessing", phases.postprocessing) ?? measured("phases.endToEnd", phases.endToEnd)
  }

  /// A phase that isn't there where nothing is preprocessed, as with drawn inputs.
  private static func measured(_ place: String, _ phase: Summary?) -> MeasurementFault? {
    phase.flatMap { summary(place, $0) }
  }

  private static func resources(_ resources: ResourceUse) -> MeasurementFault? {
    guard let most = resources.peakResidentBytes.max(), most > 0 else {
      return MeasurementFault(place: "resources.peakResidentBytes", why: "no process tells its memory")
    }
    let sizes = resources.peakResidentBytes + resources.baselineResidentBytes
    guard sizes.allSatisfy({ $0 >= 0 }) else {
      return MeasurementFault(place: "resources", why: "a size is negative")
    }
    return summary("resources.processorUse", resources.processorUse)
  }

  private static func quality(_ quality: ClassificationQuality?) -> MeasurementFault? {
    guard let quality else { return nil }
    guard (0...1).contains(quality.accuracy) else {
      return MeasurementFault(place: "quality.accuracy", why: "\(quality.accuracy) isn't in 0…1")
    }
    return positive("quality.itemCount", quality.itemCount)
      ?? interval("quality.accuracyInterval", quality.accuracyInterval)
  }

  private static func summary(_ place: String, _ summary: Summary) -> MeasurementFault? {
    let figures = [
      ("minimum", summary.minimum), ("maximum", summary.maximum), ("mean", summary.mean),
      ("standardDeviation", summary.standardDeviation), ("medianAbsoluteDeviation", summary.medianAbsoluteDeviation),
      ("median", summary.median), ("p90", summary.p90), ("p95", summary.p95), ("p99", summary.p99),
    ]
    return positive("\(place).count", summary.count)
      ?? figures.lazy.compactMap { amount("\(place).\($0.0)", $0.1) }.first
  }

  /// Bounds must be finite and in order; the lower one of a wide interval may lie under zero.
  private static func interval(_ place: String, _ interval: Interval) -> MeasurementFault? {
    guard interval.lower.isFinite, interval.upper.isFinite, interval.lower <= interval.upper else {
      return MeasurementFault(place: place, why: "\(interval.lower) to \(interval.upper) isn't an interval")
    }
    return nil
  }

  private static func amount(_ place: String, _ value: Double) -> MeasurementFault? {
    value.isFinite && value >= 0 ? nil : MeasurementFault(place: place, why: "\(value) can't be")
  }

  private static func positive(_ place: String, _ value: Int) -> MeasurementFault? {
    value > 0 ? nil : MeasurementFault(place: place, why: "\(value) can't be")
  }
}
