// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Jobs.
enum JobSchemas {
  static let request = Schema.group([
    .optional("dataset", .text(TextRule(1...512)), "The name or id of the data set; without it, that of the model."),
    .optional("filter", .reference("ItemCondition"), "Which items; without it, those of the subset, or all."),
    .optional("where", .text(TextRule(1...2000)), "Which items, as an expression."),
    options,
  ])

  /// Training has the items of the model's subsets, and no others.
  static let training = Schema.group([
    .optional("dataset", .text(TextRule(1...512)), "The name or id of the data set; without it, that of the model."),
    options,
  ])

  private static let options = SchemaField.optional(
    "options", .object,
    "What the work is given beyond that, like {\"batchSize\": 8}. What it doesn't know is refused with 422.")

  static let job = Schema.group([
    SchemaField("id", .text(TextRule(1...64)), "The id."),
    SchemaField("kind", .words(["train", "predict", "evaluate", "embed"]), "What is done."),
    SchemaField("modelID", EntitySchemas.id, "The id of the model."),
    .optional("datasetID", EntitySchemas.id, "The id of the data set."),
    SchemaField(
      "status", .words(Job.Status.allCases.map(\.rawValue)),
      "partial: some items failed, and all else is done. The other words say it."),
    .optional("progress", progress, "How far it is."),
    SchemaField(
      "items",
      .group([
        SchemaField("done", .count, "Items that are done."), SchemaField("failed", .count, "Items that failed."),
        SchemaField("skipped", .count, "Items that were left out."),
      ]), "Items so far."),
    SchemaField("created", .time, "When it was asked for, in seconds since 1970."),
    .optional("started", .time, "When it began."), .optional("ended", .time, "When it ended."),
    .optional("result", .object, "What is to be said of the whole."),
    .optional("failure", failure, "Why it failed."),
  ])

  private static let progress = Schema.group([
    SchemaField("stage", .text(.any), "What is being done."),
    SchemaField("completed", .count, "How much of it is done."),
    .optional("total", .count, "How much there is."),
    SchemaField(
      "figures", .map(.number(-1.7976931348623157e308...1.7976931348623157e308), keys: .any, count: 0...1000),
      "Figures of the moment."),
  ])

  private static let failure = Schema.group([
    SchemaField("exitCode", .whole(0...255), "What the command line would end with."),
    SchemaField("what", .text(.any), "What failed."), .optional("where", .text(.any), "The place."),
    SchemaField("why", .text(.any), "The reason."), .optional("remedy", .text(.any), "What can be done about it."),
  ])

  static let jobItem = Schema.group([
    SchemaField("itemID", .text(.any), "The id of the item."),
    SchemaField("status", .words(["done", "failed", "skipped"]), "What became of it."),
    .optional("count", .count, "How many annotations, or numbers of a vector, came of it."),
    .optional("stage", .text(.any), "In which stage it failed."), .optional("reason", .text(.any), "Why."),
  ])
}
