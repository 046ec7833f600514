// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import HTTPTypes
internal import Platform

/// What models said. It comes by their runs, and can only be looked at and removed.
enum PredictionRoutes {
  private static let group = "predictions"

  static let all: [Route] =
    Listing<PlatformAnnotation>(
      resource: .predictions, path: "/v1/predictions", name: "Predictions", group: group, words: "predictions",
      schema: "Annotation", isScoped: true
    ) { try $0.predictions($1, in: $2) }.routes + [
      .reading(
        "\(ItemRoutes.place)/predictions", "listItemPredictions", group, "List what models predicted for an item.",
        query: [QueryParameter("model", .text(TextRule(1...512)), "The id of the only model that is meant.")],
        SchemaLibrary.list(of: "Annotation")
      ) { try $0.store.predictions(ofItem: $0.store.item(ItemRoutes.id($0)).id, model: $0.text("model")) },
      Route(
        method: .delete, path: "/v1/predictions", name: "deletePredictions", group: group,
        summary: "Remove what a model predicted, in one data set or in all.",
        query: [
          QueryParameter(
            "model", .text(TextRule(1...512)), "The model's id, as predictions name it.", isRequired: true),
          ListParameters.dataset,
        ], outcomes: [.init(status: .ok, words: "How many are gone.", answer: .json(SchemaLibrary.deleted))],
        work: .blocking { call in
          try Reply.json(
            Deleted(deleted: call.store.deletePredictions(ofModel: call.text("model") ?? "", in: call.text("dataset"))))
        }),
    ]
}
