// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Statistics

extension MeasurementFile {
  /// Where the content contradicts itself, a clause each; empty if it doesn't.
  public var faults: [String] {
    var faults = MeasurementFaults()
    faults.require(
      Set(measurements.map(\.name)).count == measurements.count, "measurements", "two have the same name")
    for entry in measurements { faults.check(entry, "measurements '\(entry.name)'") }
    if let resources { faults.check(resources, "resources") }
    faults.finite(provenance.time, "provenance.time")
    return faults.found
  }
}

/// Collects what is wrong with the parts of a measurement file.
private struct MeasurementFaults {
  private(set) var found: [String] = []

  mutating func require(_ holds: Bool, _ place: String, _ fault: @autoclosure () -> String) {
    if !holds { found.append("\(place): \(fault())") }
  }

  mutating func finite(_ value: Double, _ place: String) { require(value.isFinite, place, "\(value) is no number") }

  mutating func check(_ entry: MeasurementEntry, _ place: String) {
    let (measurement, durations) = (entry.measurement, entry.durations)
    require(measurement.schema == Measurement.currentSchema, place, "its schema is '\(measurement.schema)'")
    check(measurement.latency.summary, "\(place).latency.summary")
    let processes = measurement.conditions.processes
    require(
      measurement.latency.processMedians.count == processes, "\(place).latency.processMedians",
      "\(measurement.latency.processMedians.count) medians of \(processes) processes")
    for median in measurement.latency.processMedians { finite(median, "\(place).latency.processMedians") }
    check(measurement.latency.medianInterval, "\(place).latency.medianInterval")
    if !durations.isEmpty {
      require(
        durations.count == processes, "\(place).durations", "\(durations.count) lists of \(processes) processes")
      let count = durations.reduce(0) { $0 + $1.count }
      require(
        count == measurement.latency.summary.count, "\(place).durations",
        "\(count) durations, and the summary is of \(measurement.latency.summary.count)")
    }
    check(measurement.phases, "\(place).phases")
    check(measurement.resources.processorUse, "\(place).resources.processorUse")
    if let quality = measurement.quality { check(quality, entry.predictions, "\(place).quality") }
    if let predictions = entry.predictions { check(predictions, measurement.quality, "\(place).predictions") }
    if let stream = measurement.stream { check(stream, "\(place).stream") }
    for record in measurement.throughput ?? [] { check(record, "\(place).throughput") }
    if let difference = measurement.difference { check(difference, "\(place).difference") }
    if let span = entry.span {
      require(span.from <= span.to && (span.to - span.from).isFinite, "\(place).span", "it ends before it begins")
    }
  }

  private mutating func check(_ summary: Summary, _ place: String) {
    require(summary.count > 0, "\(place).count", "\(summary.count) values have no summary")
    let figures = [
      summary.minimum, summary.median, summary.p90, summary.p95, summary.p99, summary.maximum, summary.mean,
      summary.standardDeviation, summary.medianAbsoluteDeviation,
    ]
    guard figures.allSatisfy(\.isFinite) else { return require(false, place, "a figure is no number") }
    let ascending = figures.prefix(6)
    require(zip(ascending, ascending.dropFirst()).allSatisfy { $0 <= $1 }, place, "its percentiles don't ascend")
  }

  private mutating func check(_ interval: Interval, _ place: String) {
    require(
      interval.lower.isFinite && interval.upper.isFinite && interval.lower <= interval.upper, place,
      "\(interval.lower) to \(interval.upper) is no interval")
  }

  private mutating func check(_ phases: PhaseTimings, _ place: String) {
    check(phases.load, "\(place).load")
    check(phases.firstInference, "\(place).firstInference")
    if let summary = phases.preprocessing { check(summary, "\(place).preprocessing") }
    if let summary = phases.decoding { check(summary, "\(place).decoding") }
    if let summary = phases.postprocessing { check(summary, "\(place).postprocessing") }
    if let summary = phases.endToEnd { check(summary, "\(place).endToEnd") }
  }

  private mutating func check(_ quality: ClassificationQuality, _ predictions: Predictions?, _ place: String) {
    require((0...1).contains(quality.accuracy), "\(place).accuracy", "\(quality.accuracy) isn't in 0 to 1")
    check(quality.accuracyInterval, "\(place).accuracyInterval")
    let classes = quality.classes.count
    require(
      quality.confusion.count == classes && quality.confusion.allSatisfy { $0.count == classes }, "\(place).confusion",
      "it isn't \(classes) by \(classes)")
    let sum = quality.confusion.reduce(0) { $0 &+ $1.reduce(0, &+) }
    require(
      sum == quality.itemCount, "\(place).confusion", "its sum is \(sum), and \(quality.itemCount) items were judged")
    guard let predictions else { return }
    require(
      predictions.ids.count == quality.itemCount, "\(place).itemCount",
      "\(quality.itemCount) items, and predictions of \(predictions.ids.count)")
    let right = zip(predictions.truth, predictions.answers).count { $0 == $1 }
    require(
      abs(quality.accuracy * Double(quality.itemCount) - Double(right)) < 1e-6, "\(place).accuracy",
      "\(quality.accuracy), and \(right) of \(quality.itemCount) predictions are right")
  }

  private mutating func check(_ predictions: Predictions, _ quality: ClassificationQuality?, _ place: String) {
    let count = predictions.ids.count
    require(
      predictions.truth.count == count && predictions.answers.count == count, place,
      "\(count) ids, \(predictions.truth.count) true classes, \(predictions.answers.count) answers")
    require(Set(predictions.ids).count == count, "\(place).ids", "two items have the same id")
    guard let classes = quality?.classes.count else { return }
    require(
      (predictions.truth + predictions.answers).allSatisfy { (0..<classes).contains($0) }, place,
      "a class isn't among the \(classes)")
  }
}

extension MeasurementFaults {
  fileprivate mutating func check(_ stream: StreamRecord, _ place: String) {
    require(stream.queries >= 0 && (0...1).contains(stream.percentile), place, "its counts can't be")
    finite(stream.latency, "\(place).latency")
    finite(stream.mean, "\(place).mean")
  }

  fileprivate mutating func check(_ record: ThroughputRecord, _ place: String) {
    require(record.samples >= 0 && record.batch > 0 && record.sessions >= 0, place, "its counts can't be")
    require(
      record.seconds <= 0 || abs(record.samplesPerSecond * record.seconds / Double(max(record.samples, 1)) - 1) < 1e-6
        || record.samples == 0, "\(place).samplesPerSecond",
      "\(record.samplesPerSecond), and \(record.samples) samples took \(record.seconds) s")
    for rate in record.windowRates { finite(rate, "\(place).windowRates") }
    if let interval = record.interval { check(interval, "\(place).interval") }
  }

  fileprivate mutating func check(_ difference: ModelDifference, _ place: String) {
    require(difference.itemCount >= 0, place, "its counts can't be")
    for output in difference.outputs {
      let holds = output.maximum >= 0 && output.mean >= 0 && output.mean <= output.maximum * (1 + 1e-9)
      require(holds && output.maximum.isFinite, "\(place).outputs '\(output.name)'", "its figures can't be")
    }
  }

  fileprivate mutating func check(_ resources: ResourceSeries, _ place: String) {
    let times = resources.times
    require(
      times.allSatisfy(\.isFinite) && zip(times, times.dropFirst()).allSatisfy { $0 <= $1 }, "\(place).times",
      "they don't ascend")
    for sensor in resources.sensors {
      let name = "\(place) '\(sensor.quantity.rawValue) \(sensor.subject ?? "")'"
      require(
        sensor.values.count == times.count, name, "\(sensor.values.count) values of \(times.count) samples")
      require(sensor.values.allSatisfy { $0?.isFinite ?? true }, name, "a value is no number")
    }
  }
}
