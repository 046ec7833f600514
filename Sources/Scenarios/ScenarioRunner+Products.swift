// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import Reports
internal import Statistics

/// What is handed over of a run that ends before the report, and of a rehearsal.
extension ScenarioRunner {
  /// Copies what was made to the output folder, and says what it is.
  func products(of work: Work, run: String) throws -> RunProducts {
    let variants = work.graph.variants
    let names = variants.map(\.variant.name)
    func deliver(_ kind: DeliveredFiles.Kind, _ file: (StageGraph.VariantStages) throws -> String?) throws -> [String?]
    {
      try DeliveredFiles(kind, output: work.output, variants: names).deliver(variants.map(file))
    }
    let checkpoints = try deliver(.checkpoints) { stages in
      try stages.origin?.train.map { pantry.path(of: try work.record($0).output("checkpoint")) }
    }
    let models = try deliver(.models) { stages in
      try (stages.optimize ?? stages.origin?.model).map { pantry.path(of: try work.record($0).output("model")) }
    }
    let measurements = try deliver(.measurements) { stages in
      guard work.order.rehearsal == nil else { return nil }
      return try stages.measure.map {
        pantry.path(of: try work.record($0.stage).output("measurement.\($0.position)"))
      }
    }
    guard let first = variants.first else {
      throw GalleyError(.software, "can't hand over what was made", why: "the recipe has no variants")
    }
    let reused = work.uses.count { $0.wasReused }
    return RunProducts(
      run: run, goal: work.order.goal, rehearsal: work.plan.rehearsal,
      data: pantry.path(of: try work.record(first.prepare).output("data")),
      variants: try variants.indices.map { index in
        let recipe = variants[index].variant.recipe
        return RunProducts.Variant(
          name: names[index],
          recipeDigest: try recipe.digest(tools: ToolIdentity.all(of: [recipe], until: work.order.goal)).hex,
          checkpoint: checkpoints[index], model: models[index], measurement: measurements[index],
          steps: work.order.rehearsal == nil ? [] : try steps(variants[index], work))
      }, stages: .init(ran: work.uses.count - reused, reused: reused), report: nil)
  }

  /// What a rehearsal did of a variant, as clauses.
  private func steps(_ stages: StageGraph.VariantStages, _ work: Work) throws -> [String] {
    var steps: [String] = []
    if let train = stages.origin?.train {
      let summary = try pantry.document(TrainingSummary.self, "summary", of: work.record(train))
      steps.append(summary.smallestBatch.map(\.words) ?? "trained")
      if let weights = summary.weights { steps.append("began with the weights of \(weights.name)") }
    }
    if stages.origin?.modelFile != nil { steps.append("taken over from its file") }
    if let export = stages.origin?.export {
      let certificate = try pantry.document(ExportCertificate.self, "certificate", of: work.record(export))
      steps.append("exported and proved on \(certificate.sampleCount) item\(certificate.sampleCount == 1 ? "" : "s")")
    }
    if let optimize = stages.optimize {
      let record = try pantry.document(OptimizationRecord.self, "record", of: work.record(optimize))
      steps.append(record.precision == "float32" ? "not optimized" : "optimized to \(record.precision)")
    }
    if stages.measure != nil {
      steps.append("measured with \(try stages.variant.recipe.slot("runtime").card.name)")
    }
    return steps
  }

  /// Writes the report of a rehearsal.
  /// - Returns: the page.
  func reportRehearsal(_ work: Work, _ products: RunProducts) async throws -> String {
    let file = work.order.file
    var outputs: [ReportedOutput] = []
    for variant in products.variants {
      if let path = variant.checkpoint {
        outputs.append(ReportedOutput(what: "checkpoint of \(variant.name)", path: path))
      }
      if let path = variant.model { outputs.append(ReportedOutput(what: "model of \(variant.name)", path: path)) }
    }
    var report = RunReport(
      title: "Rehearsal of \(file.name)", startedAt: work.startedAt, endedAt: Date().timeIntervalSince1970,
      command: command, galleyVersion: galleyVersion.description, data: try await preparedData(of: work).reported,
      variants: [], stages: work.uses.map(ReportedStage.init), outputs: outputs)
    report.rehearsal = ReportedRehearsal(
      variants: products.variants.map { ReportedRehearsal.Variant(name: $0.name, steps: $0.steps) },
      shortcuts: products.rehearsal ?? [])
    let paths = try ReportWriter(plotly: ReportWriter.plotlyPath()).write(report, to: work.output)
    return paths.first ?? work.output
  }
}

extension ReportedStage {
  init(_ use: StageRunner.Use) {
    self.init(name: use.label, key: use.record.key, seconds: use.record.seconds, wasReused: use.wasReused)
  }
}

extension SmallestBatch {
  /// What was found, as a clause.
  var words: String {
    let items = "trained with batches of \(size) item\(size == 1 ? "" : "s")"
    guard let last = refused.last else { return items }
    return "\(items) (not with \(last.size): \(last.why))"
  }
}
