// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Pantry
public import Recipes

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Golden
internal import Reports
internal import Targets

/// Runs a recipe's variants from data set to report; a stage that has been run with the same inputs is not run again.
public struct ScenarioRunner: Sendable {
  private let catalogue: Catalogue
  let pantry: Pantry
  private let command: String
  private let tell: @Sendable (RunEvent) -> Void
  private let backend: LibTorchBackend
  private let target: LocalTarget

  /// Creates a runner.
  /// - Parameters:
  ///   - catalogue: the ingredients that recipes may use.
  ///   - pantry: where results are kept.
  ///   - command: how a person would start this run again, for the report.
  ///   - tell: receives events as they happen, from any thread.
  public init(
    catalogue: Catalogue, pantry: Pantry, command: String, tell: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.catalogue = catalogue
    self.pantry = pantry
    self.command = command
    self.tell = tell
    backend = LibTorchBackend()
    target = LocalTarget()
  }

  /// Runs all variants and writes the report to `output`.
  /// - Throws: `GalleyError`, or `CancellationError` if the task is cancelled; finished stages stay finished.
  public func run(_ file: RecipeFile, output: String) async throws -> RunOutcome {
    let startedAt = Date().timeIntervalSince1970
    let runner = StageRunner(pantry: pantry, tell: tell)
    let prepared = try await variants(of: file, on: runner)
    guard let first = prepared.first, prepared.allSatisfy({ $0.data.digest == first.data.digest }) else {
      throw GalleyError(
        .configuration, "can't compare the variants", at: file.path, why: "they use different data or splits",
        remedy: "Put variants with different data into recipes of their own.")
    }
    let data = first.data
    let results = try await measure(prepared, data, on: runner)
    let (rows, volume) = try keepRows(results)
    let front = try positions(of: rows)
    let models = DeliveredModels(output: output, variants: results.map(\.variant.name))
    let assembly = ReportAssembly(
      file: file, data: data.contents, dataDigest: data.digest,
      description: try catalogue.dataset(first.recipe.slot("data")).description(relativeTo: first.recipe.folder),
      results: results, models: models.paths, front: front, stages: await runner.uses, command: command,
      startedAt: startedAt)
    let report = try assembly.report()
    let run = Self.runID(startedAt, file.name)
    try pantry.keep(run: report, id: run)
    try models.deliver(results.map(\.model))
    let paths = try ReportWriter(plotly: ReportWriter.plotlyPath()).write(report, to: output)
    return outcome(
      run: run, data: data, results: results, prepared: prepared, front: front, uses: await runner.uses,
      page: paths.first ?? output, volume: volume, report: report)
  }

  /// A variant whose model is ready to be measured.
  struct PreparedVariant: Sendable {
    var variant: RecipeFile.Variant
    var recipe: Recipe
    var data: PreparedFile
    var training: TrainingSummary
    var certificate: ExportCertificate
    var optimization: OptimizationRecord
    var model: ModelFile
    var calibration: Digest
  }

  private func variants(of file: RecipeFile, on runner: StageRunner) async throws -> [PreparedVariant] {
    var prepared: [PreparedVariant] = []
    for variant in file.variants {
      prepared.append(try await prepare(variant, on: runner))
    }
    return prepared
  }

  private func prepare(_ variant: RecipeFile.Variant, on runner: StageRunner) async throws -> PreparedVariant {
    let recipe = variant.recipe
    let data = try PreparedFile(await PrepareStage(catalogue: catalogue, recipe: recipe).run(on: runner), in: pantry)
    let train = TrainStage(backend: backend, recipe: recipe, tell: tell)
    let trained = try await train.run(on: runner, data: data)
    let checkpoint = try trained.output("checkpoint")
    let export = ExportStage(backend: backend, target: target, recipe: recipe, pantry: pantry)
    let exported = try await export.run(on: runner, checkpoint: checkpoint, data: data)
    let optimize = OptimizeStage(catalogue: catalogue, target: target, recipe: recipe, name: variant.name)
    let model = try pantry.onnxModel("model", of: exported)
    let optimized = try await optimize.run(on: runner, model: model, data: data)
    return PreparedVariant(
      variant: variant, recipe: recipe, data: data,
      training: try pantry.document(TrainingSummary.self, "summary", of: trained),
      certificate: try pantry.document(ExportCertificate.self, "certificate", of: exported),
      optimization: try pantry.document(OptimizationRecord.self, "record", of: optimized),
      model: try pantry.onnxModel("model", of: optimized), calibration: try optimized.output("calibration"))
  }

  private func measure(
    _ prepared: [PreparedVariant], _ data: PreparedFile, on runner: StageRunner
  ) async throws -> [VariantResult] {
    let stage = MeasureStage(
      target: target,
      entries: prepared.map {
        .init(name: $0.variant.name, recipe: $0.recipe, model: $0.model, precision: $0.optimization.precision)
      })
    let records = try await stage.run(on: runner, data: data, tell: tell)
    var results: [Int: VariantResult] = [:]
    for (group, record) in zip(try stage.groups(), records) {
      for (index, position) in group.enumerated() {
        let entry = prepared[position]
        results[position] = VariantResult(
          variant: entry.variant, recipeDigest: try entry.recipe.digest(), training: entry.training,
          certificate: entry.certificate, optimization: entry.optimization, model: entry.model,
          measurement: try pantry.document(Measurement.self, "measurement.\(index)", of: record),
          predictions: try pantry.document(Predictions.self, "predictions.\(index)", of: record),
          predictionsDigest: try record.output("predictions.\(index)"))
      }
    }
    return prepared.indices.compactMap { results[$0] }
  }

  /// Keeps a row for each variant in the pantry's golden volume.
  private func keepRows(_ results: [VariantResult]) throws -> (rows: [GoldenRow], volume: String) {
    let rows = try results.map {
      try GoldenRow(
        recipeDigest: $0.recipeDigest, recipe: $0.variant.recipe.canonicalText(), variant: $0.variant.name,
        task: $0.variant.recipe.task, target: LocalTarget.card.name, measurement: $0.measurement)
    }
    let volume = "\(pantry.root)/golden.sqlite"
    try GoldenVolume.open(volume).insert(rows)
    return (rows, volume)
  }

  /// The positions of the rows on the front; of rows that can't be compared there is none, which is said.
  private func positions(of rows: [GoldenRow]) throws -> Set<Int> {
    do throws(GalleyError) {
      let front = Set(try GoldenFront.front(of: rows).map(\.id))
      return Set(rows.indices.filter { front.contains(rows[$0].id) })
    } catch {
      tell(.warning(error.description))
      return []
    }
  }

  /// A run's id: when it began, and the recipe's name as far as it can be part of a file's name.
  private static func runID(_ startedAt: Double, _ name: String) -> String {
    let moment = Date(timeIntervalSince1970: startedAt).formatted(
      .iso8601.dateTimeSeparator(.standard).timeSeparator(.omitted).dateSeparator(.omitted))
    return "\(moment)-\(DeliveredModels.fileName(name))"
  }
}
