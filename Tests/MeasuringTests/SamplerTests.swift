// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Measuring
import Testing

@Suite("The sampler")
struct SamplerTests {
  @Test func `follows processes beside it until they end, and states its cost`() async throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "while :; do :; done"]
    try process.run()
    let sampler = ResourceSampler(processes: [getpid(): "self"], interval: 0.02, gpuLibrary: nil)
    sampler.add(process.processIdentifier, as: "hog")
    sampler.add(Int32.max, as: "nobody")
    func hasUse() -> Bool {
      let use = sampler.series.values(.processProcessorUse, "hog") ?? []
      return sampler.series.times.count >= 3 && use.contains { ($0 ?? 0) > 0 }
    }
    for _ in 0..<6000 where !hasUse() { try await Task.sleep(for: .milliseconds(10)) }
    // A process that is started from a pool's thread may inherit that it takes no other signal.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let series = sampler.stop()
    #expect(series.times.count >= 3 && zip(series.times, series.times.dropFirst()).allSatisfy { $0 < $1 })
    #expect(series.sensors.allSatisfy { $0.values.count == series.times.count })
    let use = try #require(series.values(.processProcessorUse, "hog"))
    #expect(use.contains { ($0 ?? 0) > 0 } && use.last == .some(nil))
    #expect((series.values(.processResident, "self")?.last ?? 0) ?? 0 > 1e6)
    #expect(series.reason(.processProcessorUse, "nobody") != nil)
    #expect(series.cost.processorSeconds > 0 && series.cost.share < 1 && series.cost.seconds > 0)
    #expect(series.values(.processorBusy, "cpu0") != nil)
    // Once stopped, it stays so.
    #expect(sampler.stop() == series)
  }

  @Test func `takes a first and a last sample even if it is stopped at once`() {
    let series = ResourceSampler(interval: 1000, gpuLibrary: nil).stop()
    #expect(series.times.count == 2 && series.interval == 1000)
  }

  @Test func `ends with its last reference`() {
    for _ in 0..<20 { _ = ResourceSampler(processes: [getpid(): "self"], interval: 0.001, gpuLibrary: nil) }
  }

  @Test func `gives what it has while it goes on`() async throws {
    let sampler = ResourceSampler(interval: 0.001, gpuLibrary: nil)
    var count = 0
    while count < 3 {
      try await Task.sleep(for: .milliseconds(5))
      count = sampler.series.times.count
    }
    #expect(sampler.stop().times.count >= count)
  }
}

@Suite("Summaries of series")
struct SeriesSummaryTests {
  private func series(_ quantity: ResourceQuantity, _ values: [Double?], _ times: [Double]) -> ResourceSeries {
    ResourceSeries(
      start: 0, startTime: 0, interval: 1, times: times,
      sensors: [SensorSeries(quantity: quantity, subject: "x", source: "test", values: values)], absent: [],
      cost: SamplingCost(processorSeconds: 0, seconds: 1, missed: 0))
  }

  @Test func `weigh values by the time they stand for`() throws {
    // A rate holds since the sample before; what is at a moment lies on the line between two.
    let rate = series(.processorBusy, [nil, 1, 0.5], [0, 1, 3]).summary().figures[0]
    #expect(rate.mean == 2.0 / 3 && rate.maximum == 1 && rate.energy == nil)
    let gauge = series(.temperature, [10, 20, 20], [0, 1, 3]).summary().figures[0]
    #expect(gauge.mean == 55.0 / 3 && gauge.maximum == 20)
    let part = series(.temperature, [10, 20, 20], [0, 1, 3]).summary(from: 0.5, to: 1).figures[0]
    #expect(part.mean == 17.5 && part.maximum == 20)
    #expect(series(.temperature, [42], [0]).summary().figures[0].mean == 42)
  }

  @Test func `take energy from a counter between two moments`() throws {
    let figure = series(.energy, [0, 10, 30], [0, 1, 3]).summary(from: 0.5, to: 2, inferences: 10).figures[0]
    #expect(figure.energy?.joules == 15 && figure.energy?.perInference == 1.5 && figure.mean == 10)
    let without = series(.energy, [0, 10, 30], [0, 1, 3]).summary().figures[0]
    #expect(without.energy?.joules == 30 && without.energy?.perInference == nil && without.energy?.reason != nil)
  }

  @Test func `don't give the energy of a time that was not sampled`() throws {
    let figure = series(.power, [5, 5, nil, nil], [0, 1, 2, 3]).summary(inferences: 1).figures[0]
    #expect(figure.energy?.joules == nil && figure.energy?.reason?.contains("33 %") == true && figure.mean == 5)
    let outside = series(.power, [5, 5], [0, 1]).summary(from: 7, to: 9).figures[0]
    #expect(outside.mean == nil && outside.maximum == nil && outside.energy?.joules == nil)
    #expect(series(.power, [], []).summary().figures[0].mean == nil)
  }

  @Test func `survive JSON`() throws {
    let series = try RecordedTree("intel").record(at: [0, 1], processes: [(4242, "model")])
    #expect(try JSONDecoder().decode(ResourceSeries.self, from: JSONEncoder().encode(series)) == series)
    let summary = series.summary(inferences: 3)
    #expect(try JSONDecoder().decode(ResourceSummary.self, from: JSONEncoder().encode(summary)) == summary)
  }
}

@Suite("Disturbances in series")
struct SeriesDisturbanceTests {
  private func series(_ sensors: [SensorSeries]) -> ResourceSeries {
    ResourceSeries(
      start: 0, startTime: 0, interval: 1, times: (0...8).map(Double.init), sensors: sensors, absent: [],
      cost: SamplingCost(processorSeconds: 0, seconds: 8, missed: 0))
  }

  private func sensor(_ quantity: ResourceQuantity, _ subject: String, _ values: [Double?]) -> SensorSeries {
    SensorSeries(quantity: quantity, subject: subject, source: "test", values: values)
  }

  @Test func `are throttling, a falling clock, other programs, a hypervisor`() {
    let falling = series([
      sensor(.processorFrequency, "cpu0", [3e9, 3e9, 3e9, 3e9, 2e9, 2e9, 2e9, 2e9, 2e9]),
      sensor(.processorFrequency, "cpu1", [1e9, 1e9, 1e9, 1e9, 1e9, 1e9, 1e9, 1e9, 1e9]),
      sensor(.throttleCount, "cpu0 core", [0, 0, 1, 2, 2, 2, 2, 2, 2]),
      sensor(.processorBusy, "cpu0", [nil, 1, 1, 1, 1, 1, 1, 1, 1]),
      sensor(.processorBusy, "cpu1", [nil, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
      sensor(.processProcessorUse, "model", [nil, 1, 1, 1, 1, 1, 1, 1, 1]),
      sensor(.processorStolen, "", [nil, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25, 0.25]),
    ])
    #expect(
      falling.disturbances() == [
        "The processor was throttled 2 times because it was hot.",
        "The clock frequency fell by 33 % during the measurement.",
        "Other programs used 50 % of a processor while it was measured.",
        "The hypervisor took 25 % of a processor while it was measured.",
      ])
    #expect(falling.disturbances(from: 5, to: 8).first?.hasPrefix("Other programs") == true)
  }

  @Test func `are none in a quiet time, or without sensors`() {
    let quiet = series([
      sensor(.processorFrequency, "cpu0", [3e9, 3e9, 2.9e9, 3e9, 3e9, 3e9, 3e9, 3e9, 3e9]),
      sensor(.processorBusy, "cpu0", [nil, 1, 1, 1, 1, 1, 1, 1, 1]),
      sensor(.processProcessorUse, "model", [nil, 1, 1, 1, 1, 0.95, 0.95, 1, 1]),
    ])
    #expect(quiet.disturbances().isEmpty && series([]).disturbances().isEmpty)
  }
}
