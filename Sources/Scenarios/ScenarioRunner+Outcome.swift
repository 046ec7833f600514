// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Datasets
internal import Files
internal import Galley
internal import Golden
internal import Pantry
internal import Recipes
internal import Reports
internal import Statistics
internal import Targets

/// What is done with the stages' results.
extension ScenarioRunner {
  /// Keeps golden rows and the run's document, delivers the models, writes the report.
  func report(_ work: Work, run: String) async throws -> (outcome: RunOutcome, figures: [RunRecord.Figures]) {
    let results = try work.graph.variants.map { try result($0, work) }
    let data = try await preparedData(of: work)
    let (rows, volume) = try keepRows(results, of: data.description)
    let front = try positions(of: rows)
    let models = DeliveredFiles(.models, output: work.output, variants: results.map(\.variant.name))
    let assembly = ReportAssembly(
      file: work.order.file, data: data, results: results, models: models.paths, front: front, stages: work.uses,
      command: command, startedAt: work.startedAt)
    let report = try assembly.report()
    try pantry.keep(run: report, id: run)
    try models.deliver(results.map(\.model.path))
    let paths = try ReportWriter(plotly: ReportWriter.plotlyPath()).write(report, to: work.output)
    let outcome = outcome(
      run: run, data: data.file, results: results, rows: rows, front: front, uses: work.uses,
      page: paths.first ?? work.output, volume: volume, report: report)
    return (outcome, results.map(RunRecord.Figures.init))
  }

  /// The data that all variants share, with what the report says of it.
  func preparedData(of work: Work) async throws -> ReportAssembly.DescribedData {
    guard let first = work.graph.variants.first else {
      throw GalleyError(.software, "can't write the report", why: "the recipe has no variants")
    }
    let (recipe, record) = (first.variant.recipe, try work.record(first.prepare))
    return ReportAssembly.DescribedData(
      file: try PreparedFile(record, in: pantry),
      splitDigest: try pantry.document(SplitDocument.self, "split", of: record).digest,
      description: try await workshop.catalogue.dataset(recipe.slot("data")).description(relativeTo: recipe.folder))
  }

  private func result(_ stages: StageGraph.VariantStages, _ work: Work) throws -> VariantResult {
    func record(_ stage: Int?) throws(GalleyError) -> StageRecord { try work.record(stage) }
    let (optimized, measured) = (try record(stages.optimize), try record(stages.measure?.stage))
    let position = stages.measure?.position ?? 0
    return VariantResult(
      variant: stages.variant,
      recipeDigest: try stages.variant.recipe.digest(tools: ToolIdentity.all(of: [stages.variant.recipe])),
      training: try stages.origin?.train.map { try pantry.document(TrainingSummary.self, "summary", of: record($0)) },
      certificate: try stages.origin?.export.map {
        try pantry.document(ExportCertificate.self, "certificate", of: record($0))
      },
      modelFile: try stages.origin?.modelFile.map {
        try pantry.document(ModelFileRecord.self, "record", of: record($0))
      },
      optimization: try pantry.document(OptimizationRecord.self, "record", of: optimized),
      model: try pantry.onnxModel("model", of: optimized), calibration: try optimized.output("calibration"),
      measurement: try pantry.document(Measurement.self, "measurement.\(position)", of: measured),
      predictions: try pantry.document(Predictions.self, "predictions.\(position)", of: measured),
      predictionsDigest: try measured.output("predictions.\(position)"))
  }

  /// Keeps a row for each variant in the golden volume, if one is wanted.
  private func keepRows(
    _ results: [VariantResult], of data: DataDescription
  ) throws -> (rows: [GoldenRow], volume: String?) {
    let rows = try results.map { result in
      let recipe = result.variant.recipe
      let measurement = result.measurement
      return try GoldenRow(
        recipe: GoldenRecipe(
          recipe.canonicalText(tools: ToolIdentity.all(of: [recipe])), form: .galley, digest: result.recipeDigest),
        variant: result.variant.name, task: recipe.task,
        target: try workshop.measuring.target(of: result.variant).targetName,
        measurement: measurement,
        source: .run, columns: try columns(of: recipe, data),
        origin: RowOrigin(
          command: command.split(separator: " ").map(String.init),
          files: [
            UsedFile(role: "model", name: result.variant.name, digest: measurement.model.digest),
            UsedFile(role: "data", name: "data", digest: measurement.conditions.dataDigest),
          ], preprocessing: result.modelFile?.card.preprocessing))
    }
    guard let path = volume.path(in: pantry) else { return (rows, nil) }
    try GoldenVolume.open(path).insert(rows)
    return (rows, path)
  }

  /// What the recipe says by columns, for asking.
  private func columns(of recipe: Recipe, _ data: DataDescription) throws -> [String: GoldenValue] {
    [
      "backbone": .text(try recipe.slot("model.architecture").card.name), "data_name": .text(data.name),
    ]
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

  private func outcome(
    run: String, data: PreparedFile, results: [VariantResult], rows: [GoldenRow], front: Set<Int>,
    uses: [StageRunner.Use],
    page: String, volume: String?, report: RunReport
  ) -> RunOutcome {
    let variants = zip(results, rows).enumerated().map { position, pair in
      let (result, row) = pair
      let measurement = result.measurement
      return RunOutcome.Variant(
        name: result.variant.name, recipeDigest: result.recipeDigest.hex, row: row.id.hex,
        model: result.model.path,
        predictions: pantry.path(of: result.predictionsDigest),
        calibration: result.optimization.precision == "float32" ? nil : pantry.path(of: result.calibration),
        validationAccuracy: result.training.flatMap { training in
          training.epochs.first { $0.epoch == training.bestEpoch }?.validationAccuracy
        },
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

extension ScenarioRunner.Work {
  /// What became of a stage.
  func record(_ stage: Int?) throws(GalleyError) -> StageRecord {
    guard let stage, uses.indices.contains(stage) else {
      throw GalleyError(
        .software, "can't use a stage", why: stage.map { "stage \($0) has no result" } ?? "the goal doesn't need it")
    }
    return uses[stage].record
  }
}
