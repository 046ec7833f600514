// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Projects, data sets and items.
enum EntitySchemas {
  static let id = Schema.text(TextRule(1...64))
  static let name = Schema.text(TextRule(1...255, .printable))
  static let digest = Schema.text(TextRule(64...64, .hexadecimal))

  static let project = Schema.group([
    SchemaField("id", id, "The id."), SchemaField("name", name, "The name, unique in the store."),
    SchemaField("metadata", .object, "What else is known."),
    SchemaField("created", .time, "When it was created, in seconds since 1970."),
    SchemaField("updated", .time, "When it was last changed, in seconds since 1970."),
  ])

  static let newProject = Schema.group([
    SchemaField("name", .text(.name), "The name, unique in the store."),
    .optional("metadata", .object, "What else is known."),
  ])

  static let datasetClass = Schema.group([
    SchemaField("name", .text(.plain), "The label: opaque text, compared byte by byte."),
    .optional("parent", .text(.plain), "The group that it belongs to."),
    SchemaField("keypoints", .list(.text(.plain), count: 0...Int.max), "The names of its keypoints, in their order."),
    SchemaField(
      "skeleton", .list(.list(.whole(0...1_000_000), count: 2...2), count: 0...Int.max),
      "Pairs of keypoints, counted from 0, between which a line is drawn."),
    .optional("foreignID", .whole(Int.min...Int.max), "The number by which the source knows it."),
  ])

  static let newLabels = Schema.list(
    .group([
      SchemaField("name", .text(TextRule(1...1000)), "The label: opaque text, compared byte by byte."),
      .optional("parent", .text(TextRule(1...1000)), "The group that it belongs to."),
      .optional("keypoints", .list(.text(TextRule(1...1000)), count: 0...Int.max), "The names of its keypoints."),
      .optional(
        "skeleton", .list(.list(.whole(0...999), count: 2...2), count: 0...Int.max),
        "Pairs of keypoints, counted from 0, between which a line is drawn."),
    ]), count: 0...Int.max)

  static let dataset = Schema.group([
    SchemaField("id", id, "The id."), SchemaField("projectID", id, "The id of the project."),
    SchemaField("name", name, "The name, unique in the project."),
    SchemaField("labels", .list(.reference("DatasetClass"), count: 0...Int.max), "The labels, in their order."),
    SchemaField("metadata", .object, "What else is known."),
    SchemaField("created", .time, "When it was created, in seconds since 1970."),
    SchemaField("updated", .time, "When it was last changed, in seconds since 1970."),
  ])

  static let datasetWithCounts = Schema.group([
    SchemaField("dataset", .reference("Dataset"), "The data set."),
    SchemaField(
      "counts",
      .group([
        SchemaField("items", .count, "Its items, hidden ones included."),
        SchemaField("annotations", .count, "Its ground truth."),
        SchemaField("predictions", .count, "Its predictions."),
      ]), "How much it holds."),
  ])

  static let newDataset = Schema.group([
    SchemaField("name", .text(.name), "The name, unique in the project."),
    .optional(
      "project", .text(.name), "The project's name or id; one of an unknown name is created. Without it: default."),
    .optional("labels", newLabels, "The labels that annotations may have."),
    .optional("metadata", .object, "What else is known."),
  ])

  static let datasetChange = Schema.group([
    .optional("name", .text(.name), "The new name."),
    .optional("labels", newLabels, "The labels, in the place of those it has."),
    .optional("metadata", .object, "What else is known, in the place of what was."),
  ])

  static let item = Schema.group([
    SchemaField("id", id, "The id."), SchemaField("datasetID", id, "The id of the data set."),
    SchemaField("path", .text(TextRule(2...4097)), "The path in the data set, from / on."),
    SchemaField("name", .text(TextRule(1...4096)), "The last part of the path."),
    SchemaField("digest", digest, "The SHA-256 of the bytes."),
    SchemaField("mediaType", .text(TextRule(1...255, .printable)), "What the bytes are."),
    SchemaField("byteCount", .count, "How many bytes there are."),
    .optional(
      "size",
      .group([
        SchemaField("width", .whole(0...1 << 31), "In pixels."),
        SchemaField("height", .whole(0...1 << 31), "In pixels."),
      ]), "An image's size as it is stored."),
    SchemaField("isHidden", .flag, "Whether lists leave it out that don't ask for hidden items."),
    SchemaField("metadata", .object, "What else is known."),
    SchemaField("created", .time, "When it was added, in seconds since 1970."),
    SchemaField("updated", .time, "When it was last changed, in seconds since 1970."),
  ])

  /// Paths as items and artifacts have them.
  static let path = Schema.text(TextRule(1...1000))

  static let itemChange = Schema.group([
    .optional("path", path, "The new path in the data set."),
    .optional("isHidden", .flag, "Whether lists leave it out that don't ask for hidden items."),
    .optional("metadata", .object, "What else is known, in the place of what was."),
  ])

  static let itemOutcome = Schema.group([
    SchemaField("outcome", .words(["added", "replaced", "unchanged"]), "What became of it."),
    SchemaField("item", .reference("Item"), "The item."),
  ])
}
