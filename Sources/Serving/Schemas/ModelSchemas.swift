// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Platform

/// Models and what is known of them.
enum ModelSchemas {
  static let statuses = ModelStatus.allCases.map(\.rawValue)
  static let outputTypes = ["class", "box", "segment", "binary", "point", "pose", "embedding"]
  private static let word = Schema.text(TextRule(1...63, .printable))
  private static let texts = Schema.list(.text(TextRule(0...1000)), count: 0...Int.max)
  /// As models show it, or as an object, whose keys have no order: it can be sorted by one field. What is wrong in it
  /// is found when it is read.
  private static let filter = Schema.choice([
    .text(TextRule(2...10_000, content: "application/json")), .object,
  ])

  private static let subsets = Schema.group([
    .optional("train", filter, "A filter for items as Dataloop's JSON."),
    .optional("validation", filter, "A filter for items as Dataloop's JSON."),
    .optional("test", filter, "A filter for items as Dataloop's JSON."),
  ])

  private static let changeFields: [SchemaField] = [
    .optional("description", .text(TextRule(0...10_000)), "What it is, for people."),
    .optional("dataset", .text(TextRule(1...512)), "The name or id of the data set that it learns from."),
    .optional("inputType", word, "What its items are: image, text."),
    .optional("outputType", .words(outputTypes), "What it predicts."),
    .optional("labels", texts, "The labels that it knows, in the order of its outputs."),
    .optional("tags", texts, "Words by which people find it."),
    .optional("configuration", .object, "What its adapter is given. Another one makes a new version."),
    .optional("subsets", subsets, "The items of each subset; others stay as they are."),
    .optional("metadata", .object, "What else is known, in the place of what was."),
  ]

  static let change = Schema.group([.optional("name", .text(.name), "The new name.")] + changeFields)

  static let newModel = Schema.group(
    [
      SchemaField("name", .text(.name), "The name, unique in the project."),
      .optional(
        "project", .text(.name), "The project's name or id; one of an unknown name is created. Without it: default."),
      .optional("status", .words(["created", "pre-trained"]), "The state that it begins in."),
    ] + changeFields)

  static let clone = Schema.group(
    [
      SchemaField("name", .text(.name), "The copy's name."),
      .optional("project", .text(.name), "The copy's project; without it, that of the model."),
    ] + changeFields)

  static let artifact = Schema.group([
    SchemaField("path", .text(TextRule(1...4096)), "The path in the model."),
    SchemaField("digest", EntitySchemas.digest, "The SHA-256 of the bytes."),
    SchemaField("byteCount", .count, "How many bytes it has."),
  ])

  static let model = Schema.group([
    SchemaField("id", EntitySchemas.id, "The id."),
    SchemaField("projectID", EntitySchemas.id, "The id of the project."),
    SchemaField("name", EntitySchemas.name, "The name, unique in the project."),
    SchemaField("version", .whole(1...Int.max), "Counts up with new artifacts and new configuration."),
    .optional("description", .text(.plain), "What it is, for people."),
    .optional("datasetID", EntitySchemas.id, "The id of the data set that it learns from."),
    .optional("parentID", EntitySchemas.id, "The id of the model that it was cloned from."),
    SchemaField("inputType", .text(.plain), "What its items are."),
    SchemaField("outputType", .text(.plain), "What it predicts."),
    SchemaField("status", .words(statuses), "The state."),
    .optional("statusReason", .text(.any), "Why it is in that state."),
    .optional("statusOwner", owner, "The process that is at work."),
    SchemaField("labels", .list(.text(.any), count: 0...Int.max), "The labels that it knows."),
    SchemaField("tags", .list(.text(.any), count: 0...Int.max), "Words by which people find it."),
    SchemaField("configuration", .object, "What its adapter is given."),
    SchemaField(
      "subsets", .map(.text(.any), keys: .any, count: 0...100), "The items of each subset: filters as Dataloop's JSON."),
    SchemaField("metadata", .object, "What else is known."),
    SchemaField("artifacts", .list(.reference("Artifact"), count: 0...Int.max), "Its files."),
    SchemaField("created", .time, "When it was created, in seconds since 1970."),
    SchemaField("updated", .time, "When it was last changed, in seconds since 1970."),
  ])

  private static let owner = Schema.group([
    SchemaField("number", .count, "The process's number."),
    SchemaField("start", .count, "When it was started, in the kernel's ticks."),
    SchemaField("host", .text(.any), "The machine."), SchemaField("boot", .text(.any), "The machine's present life."),
  ])

  static let status = Schema.group([
    SchemaField("status", .words(statuses), "The state."),
    .optional("reason", .text(.any), "Why it is in that state."),
    SchemaField("next", .list(.words(statuses), count: 0...8), "The states that may follow."),
  ])

  static let newStatus = Schema.group([
    SchemaField("status", .words(statuses), "The state."),
    .optional("reason", .text(TextRule(1...10_000)), "Why, for people."),
  ])

  static let statusChange = Schema.group([
    SchemaField("status", .words(statuses), "The state that it came into."),
    .optional("reason", .text(.any), "Why."), SchemaField("at", .time, "When, in seconds since 1970."),
  ])

  static let metric = Schema.group([
    SchemaField("name", .text(.any), "What was measured."),
    SchemaField("datasetID", .text(.any), "The id of the data set on which; empty if on none."),
    SchemaField("modelVersion", .whole(1...Int.max), "The model's version."),
    SchemaField("value", figure, "The figure."), SchemaField("at", .time, "When, in seconds since 1970."),
  ])

  private static let figure = Schema.number(-1.7976931348623157e308...1.7976931348623157e308)

  static let newMetrics = Schema.group([
    SchemaField("values", .map(figure, keys: TextRule(1...255), count: 1...1000), "Figures by name."),
    .optional("dataset", .text(TextRule(1...512)), "The name or id of the data set on which they were measured."),
  ])

  static let plotSample = Schema.group([
    SchemaField("figure", .text(TextRule(1...255)), "The plot."),
    SchemaField("legend", .text(TextRule(0...255)), "The line in it."),
    SchemaField("x", figure, "Where on the horizontal axis."), SchemaField("y", figure, "The value."),
  ])

  static let newPlots = Schema.group([
    SchemaField("samples", .list(.reference("PlotSample"), count: 1...Int.max), "Points."),
    .optional("replace", .flag, "Whether all former points of the same figures go."),
  ])

  static let judge = Schema.group([
    SchemaField("dataset", .text(TextRule(1...512)), "The name or id of the data set with the ground truth."),
    .optional("filter", .reference("ItemCondition"), "Which items."),
    .optional("where", .text(TextRule(1...2000)), "Which items, as an expression."),
    .optional("likeness", .number(0...1), "The smallest likeness of a pair; without it 0.5."),
    .optional("confidence", .number(0...1), "Less sure predictions are left out of the pairs."),
  ])

  static let scores = Schema.group([
    SchemaField("metrics", .map(figure, keys: .any, count: 0...1000), "Figures by name."),
    SchemaField("labels", .list(.text(.any), count: 0...Int.max), "The labels of the confusion matrix."),
    SchemaField(
      "confusion", .list(.list(.count, count: 1...Int.max), count: 1...Int.max),
      "True labels down, predicted ones across, background at the end of both."),
    SchemaField("leftOut", .map(.count, keys: .any, count: 0...1000), "Annotations that can't be compared, by kind."),
    SchemaField("isKept", .flag, "Whether the figures are kept with the model: it is one of the store's."),
  ])
}
