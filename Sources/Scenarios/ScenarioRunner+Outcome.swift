// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Pantry
internal import Recipes
internal import Reports
internal import Statistics

extension ScenarioRunner {
  func outcome(
    run: String, data: PreparedFile, results: [VariantResult], prepared: [PreparedVariant], front: Set<Int>,
    uses: [StageRunner.Use], page: String, volume: String, report: RunReport
  ) -> RunOutcome {
    let variants = results.indices.map { position in
      let (result, measurement) = (results[position], results[position].measurement)
      return RunOutcome.Variant(
        name: result.variant.name, recipeDigest: result.recipeDigest.hex, model: result.model.path,
        predictions: pantry.path(of: result.predictionsDigest),
        calibration: result.optimization.precision == "float32" ? nil : pantry.path(of: prepared[position].calibration),
        accuracy: measurement.quality?.accuracy, accuracyInterval: measurement.quality?.accuracyInterval,
        medianLatency: measurement.latency.summary.median, latencyInterval: measurement.latency.medianInterval,
        modelBytes: measurement.model.byteCount, isOnFront: front.contains(position), marks: measurement.verdict.marks)
    }
    let reused = uses.count { $0.wasReused }
    return RunOutcome(
      run: run, data: data.path, variants: variants, stages: .init(ran: uses.count - reused, reused: reused),
      report: page, volume: volume, table: report.table)
  }
}
