// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import Metrics
internal import Platform

/// Figures and curves of models.
enum FigureRoutes {
  private static let metrics = "\(ModelRoutes.place)/metrics"
  private static let plots = "\(ModelRoutes.place)/plots"

  private struct Scores: Encodable, Sendable {
    var metrics: [String: Double]
    var labels: [String]
    var confusion: [[Int]]
    var leftOut: [String: Int]
    var isKept: Bool
  }

  static let all: [Route] = [
    .reading(
      metrics, "listMetrics", ModelRoutes.group, "The figures of a model, the newest version first.",
      SchemaLibrary.list(of: "Metric")
    ) { try $0.store.metrics(ofModel: $0.path("model")) },
    .changing(
      by: .put, metrics, "setMetrics", ModelRoutes.group, "Keep figures of a model's present version.",
      .json(ModelSchemas.newMetrics), SchemaLibrary.list(of: "Metric"),
      failures: [(.conflict, "Several projects have one of that name.")]
    ) { call in
      let model = try call.store.model(call.path("model"))
      guard case .map(let fields)? = call["values"] else { return [ModelMetric]() }
      try call.store.setMetrics(
        fields.compactMapValues(\.number), ofModel: model.id, dataset: call.text(in: "dataset"))
      return try call.store.metrics(ofModel: model.id)
    },
    .reading(
      plots, "listPlots", ModelRoutes.group, "The points of a model's curves, by figure, line and x.",
      SchemaLibrary.list(of: "PlotSample")
    ) { try $0.store.samples(ofModel: $0.path("model")) },
    .changing(
      by: .post, plots, "addPlots", ModelRoutes.group, "Add points to a model's curves.", .json(ModelSchemas.newPlots),
      SchemaLibrary.list(of: "PlotSample"), failures: [(.conflict, "Several projects have one of that name.")]
    ) { call in
      let model = try call.store.model(call.path("model"))
      guard case .list(let values)? = call["samples"] else { return [PlotSample]() }
      let samples = values.compactMap(sample)
      if call.flag(in: "replace") ?? false {
        try call.store.replaceSamples(samples, ofModel: model.id)
      } else {
        try call.store.addSamples(samples, toModel: model.id)
      }
      return try call.store.samples(ofModel: model.id)
    },
    .changing(
      by: .post, "\(ModelRoutes.place)/scores", "scoreModel", ModelRoutes.group,
      "Hold a model's predictions against ground truth, and keep the figures with the model.",
      .json(ModelSchemas.judge), .reference("Scores"),
      failures: [(.conflict, "Several projects have one of that name.")]
    ) { call in
      let (id, isKept) = try modelID(call.path("model"), call.store)
      let evaluation = try ListParameters.listing {
        try call.store.evaluate(
          model: id, on: call.text(in: "dataset") ?? "", ListParameters.condition(in: call) ?? Filters(.items),
          threshold: call.number(in: "likeness") ?? 0.5, minimumConfidence: call.number(in: "confidence") ?? 0)
      }
      if isKept { try call.store.keep(evaluation) }
      let confusion = evaluation.matching.confusion
      return Scores(
        metrics: evaluation.metrics.filter(\.value.isFinite), labels: confusion.labels, confusion: confusion.counts,
        leftOut: evaluation.leftOut, isKept: isKept)
    },
  ]

  private static func sample(_ value: ConfigurationValue) -> PlotSample? {
    guard case .map(let fields) = value, case .string(let figure)? = fields["figure"],
      case .string(let legend)? = fields["legend"], let x = fields["x"]?.number, let y = fields["y"]?.number
    else { return nil }
    return PlotSample(figure: figure, legend: legend, x: x, y: y)
  }

  /// The id of a model of the store, or what imported predictions call theirs.
  private static func modelID(_ name: String, _ store: PlatformStore) throws -> (id: String, isKept: Bool) {
    do throws(GalleyError) {
      return (try store.model(name).id, true)
    } catch {
      guard error.exitCode == .missingInput else { throw error }
      let named = FilterCondition.any([
        .test(field: "modelId", .equal, .string(name)), .test(field: "modelName", .equal, .string(name)),
      ])
      guard
        case .model(let origin)? = try store.predictions(Filters(.predictions, named, pageSize: 1)).entries.first?
          .origin
      else { throw error }
      return (origin.id, false)
    }
  }
}
