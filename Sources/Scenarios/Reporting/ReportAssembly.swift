// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Golden
internal import Pantry
internal import Recipes
internal import Reports
internal import Statistics
internal import Tensors

/// Turns what the stages gave into a report, comparing what may be compared.
struct ReportAssembly {
  /// The prepared data, and what is said of it.
  struct DescribedData {
    var file: PreparedFile
    var splitDigest: Digest
    var description: DataDescription
  }

  let file: RecipeFile
  let data: DescribedData
  let results: [VariantResult]
  /// Where each variant's model was delivered.
  let models: [String]
  /// Positions of the variants on the front.
  let front: Set<Int>
  let stages: [StageRunner.Use]
  let command: String
  let startedAt: Double

  func report() throws -> RunReport {
    RunReport(
      title: file.name, recipe: ReportedRecipe(name: file.name, digest: try setDigest()), startedAt: startedAt,
      endedAt: Date().timeIntervalSince1970, command: command, galleyVersion: galleyVersion.description,
      data: data.reported, variants: results.indices.map(reportedVariant), comparisons: comparisons(),
      stages: stages.map(ReportedStage.init),
      outputs: zip(results, models).map { ReportedOutput(what: "model of \($0.variant.name)", path: $1) })
  }

  /// The digest of all variants' recipes together.
  private func setDigest() throws -> Digest {
    Digest(of: results.map { "\($0.variant.name)=\($0.recipeDigest.hex)" }.joined(separator: "\n"))
  }

  private func reportedVariant(_ position: Int) -> ReportedVariant {
    let result = results[position]
    return ReportedVariant(
      name: result.variant.name,
      differences: result.variant.overrides.sorted { $0.key < $1.key }
        .map { ReportedDifference(path: $0.key, value: $0.value.description) },
      recipeDigest: result.recipeDigest, architecture: architecture(of: result.variant.recipe),
      training: result.training.map { reportedTraining($0, seed: result.variant.recipe.seed) },
      certificate: result.certificate.map {
        ReportedCertificate(
          maximumDifference: $0.maximumDifference, meanDifference: $0.meanDifference, tolerance: $0.tolerance,
          sampleCount: $0.sampleCount)
      },
      modelFile: result.modelFile.map {
        ReportedModelFile(
          name: $0.name, digest: $0.digest, byteCount: $0.byteCount, producer: $0.producer,
          preprocessingOrigin: $0.preprocessingOrigin, labelsOrigin: $0.labelsOrigin)
      },
      optimizationNotes: result.optimization.notes, measurement: result.measurement,
      isOnFront: front.contains(position))
  }

  private func reportedTraining(_ training: TrainingSummary, seed: UInt64) -> ReportedTraining {
    ReportedTraining(
      epochs: training.epochs.count, seconds: training.seconds, bestEpoch: training.bestEpoch, seed: seed,
      history: training.epochs.map {
        ReportedEpoch(
          epoch: $0.epoch, trainLoss: $0.trainingLoss, validationLoss: $0.validationLoss,
          validationAccuracy: $0.validationAccuracy)
      },
      weights: training.weights.map { ReportedWeights(name: $0.name, digest: $0.digest, fresh: $0.fresh) })
  }

  private func architecture(of recipe: Recipe) -> String {
    guard let slot = recipe.slots["model.architecture"] else { return "" }
    if slot.card.fits(ModelFileONNX.card.taxonomy) { return "model file" }
    let options = slot.options.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return ([slot.card.name] + options).joined(separator: ", ")
  }

  /// Every pair of variants that differ in the optimizer alone; the one that leaves the model as it is comes first.
  private func comparisons() -> [ReportedComparison] {
    results.flatMap { baseline in
      results.compactMap { candidate in
        isOptimized(candidate, formOf: baseline) ? comparison(baseline, candidate) : nil
      }
    }
  }

  private func isOptimized(_ candidate: VariantResult, formOf baseline: VariantResult) -> Bool {
    var recipe = candidate.variant.recipe
    recipe.slots["optimizer"] = baseline.variant.recipe.slots["optimizer"]
    return baseline.variant.recipe.slots["optimizer"]?.card.name == "none" && recipe == baseline.variant.recipe
      && candidate.variant.recipe != baseline.variant.recipe
  }

  private func comparison(_ baseline: VariantResult, _ candidate: VariantResult) -> ReportedComparison? {
    let (first, second) = (baseline.predictions, candidate.predictions)
    guard first.ids == second.ids, first.truth == second.truth,
      Set([first.ids.count, first.truth.count, first.answers.count, second.answers.count]).count == 1
    else { return nil }
    let outcomes = first.truth.indices.map { item in
      (item, first.answers[item] == first.truth[item], second.answers[item] == first.truth[item])
    }
    let discordant = outcomes.filter { $0.1 != $0.2 }
    let onlyFirst = discordant.count { $0.1 }
    guard let test = McNemarTest(onlyFirst: onlyFirst, onlySecond: discordant.count - onlyFirst) else { return nil }
    return ReportedComparison(
      baseline: baseline.variant.name, candidate: candidate.variant.name, itemCount: first.ids.count,
      onlyBaselineCorrect: test.onlyFirst, onlyCandidateCorrect: test.onlySecond, pValue: test.pValue,
      accuracyDifference: Double(test.onlySecond - test.onlyFirst) / Double(max(1, first.ids.count)),
      speedup: speedup(of: candidate, over: baseline),
      discordantItems: discordant.map { item($0.0, first, second) })
  }

  private func speedup(of candidate: VariantResult, over baseline: VariantResult) -> ReportedRatio? {
    Interval.ratio(
      of: baseline.measurement.latency.processMedians, to: candidate.measurement.latency.processMedians
    ).map { ReportedRatio(value: $0.ratio, interval: $0.interval) }
  }

  private func item(_ position: Int, _ first: Predictions, _ second: Predictions) -> DiscordantItem {
    DiscordantItem(
      id: first.ids[position], truth: label(first.truth[position]), baselineAnswer: label(first.answers[position]),
      candidateAnswer: label(second.answers[position]), picture: picture(of: first.ids[position]))
  }

  private func label(_ index: Int) -> String {
    data.file.contents.labels.indices.contains(index) ? data.file.contents.labels[index] : "\(index)"
  }

  /// A small grey picture of a test item, brightest where its value is the largest.
  private func picture(of id: String) -> ItemPicture? {
    guard let items = data.file.contents.subsets[.test], let row = items.ids.firstIndex(of: id),
      items.inputs.elementType == .uint8,
      items.inputs.shape.count == 4, items.inputs.shape[3] == 1, let pixels = try? items.inputs.rows(row..<row + 1)
    else { return nil }
    let scale = data.file.contents.preprocessing.scale * 255
    return ItemPicture(
      width: items.inputs.shape[2], height: items.inputs.shape[1],
      pixels: pixels.bytes.map { UInt8(min(255, max(0, (Float($0) * scale).rounded()))) })
  }
}

extension ReportAssembly.DescribedData {
  /// What the report says of the data.
  var reported: ReportedData {
    let contents = file.contents
    let subsets = Subset.allCases.compactMap { subset in
      contents.subsets[subset].map { items in
        let counts = items.labels.indices.map { label in items.classes.count { $0 == label } }
        return ReportedSubset(subset: subset, countsByClass: counts)
      }
    }
    return ReportedData(
      name: description.name, licence: description.licence, citation: description.citation, digest: file.digest,
      split: splitDigest, labels: contents.labels, subsets: subsets)
  }
}
