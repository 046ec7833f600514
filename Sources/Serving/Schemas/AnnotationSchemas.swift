// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Annotations and predictions.
enum AnnotationSchemas {
  /// Pixels; far more than any image has.
  private static let coordinate = Schema.number(-10_000_000...10_000_000)
  private static let length = Schema.number(0...10_000_000)
  private static let points = Schema.list(coordinate, count: 6...Int.max)

  /// What callers may say. Beyond what a schema can express, outlines are pairs of numbers, and run lengths must fill
  /// the mask.
  static let newGeometry = Schema.choice([
    .group([]),
    .group([SchemaField("box", box, "x, y, width, height.")]),
    .group([SchemaField("rotatedBox", turned, "x and y of the centre, width, height, degrees clockwise.")]),
    .group([
      SchemaField("outlines", .list(points, count: 1...Int.max), "Each x, y, x, y …"),
      .optional("holes", .list(points, count: 0...Int.max), "What is left out."),
    ]),
    .group([SchemaField("line", .list(coordinate, count: 4...Int.max), "x, y, x, y …")]),
    .group([SchemaField("point", .list(coordinate, count: 2...2), "x, y.")]),
    .group([SchemaField("ellipse", turned, "x and y of the centre, both radii, degrees.")]),
    .group([SchemaField("mask", mask, "Pixels.")]),
    .group([SchemaField("keypoints", keypoints, "Named points.")]),
  ])

  private static let box = Schema.list(coordinate, count: 4...4)
  private static let turned = Schema.list(coordinate, count: 5...5)

  private static let mask = Schema.group([
    SchemaField("size", .list(.whole(1...65_536), count: 2...2), "Width and height."),
    SchemaField("counts", .text(TextRule(0...Int.max, .printable)), "COCO's run lengths, compressed."),
  ])

  private static let keypoints = Schema.group([
    SchemaField(
      "points",
      .list(
        .group([
          SchemaField("name", .text(TextRule(0...1000)), "What the point is."),
          SchemaField("at", .list(coordinate, count: 2...2), "x, y."),
          SchemaField("visibility", .whole(0...2), "0: not there · 1: hidden · 2: visible."),
        ]), count: 1...Int.max), "The points."),
    .optional("template", .text(TextRule(0...64)), "The id of the template."),
    .optional("instance", .text(TextRule(0...64)), "The id of this use of it."),
  ])

  /// What the store may have, imports included.
  static let geometry = Schema.map(.anything, keys: .any, count: 0...2)

  static let origin = Schema.choice([
    .group([SchemaField("person", .text(.any), "Who said it.")]),
    .group([SchemaField("source", .text(.any), "What was imported.")]),
    .group([
      SchemaField(
        "model",
        .group([
          SchemaField("id", .text(.any), "The model's id."), SchemaField("version", .text(.any), "Its version."),
          SchemaField("name", .text(.any), "Its name."), SchemaField("run", .text(.any), "The run that brought it."),
        ]), "The model that predicted it.")
    ]),
  ])

  static let annotation = Schema.group([
    SchemaField("id", EntitySchemas.id, "The id."), SchemaField("itemID", EntitySchemas.id, "The id of the item."),
    SchemaField("label", .text(.plain), "The label."),
    SchemaField("geometry", .reference("Geometry"), "What of the item is meant; {} for all of it."),
    .optional("confidence", .number(0...1), "How sure a model was."),
    SchemaField("attributes", .object, "What else was stated of the object."),
    SchemaField("origin", .reference("Origin"), "Who said it."),
    .optional("parentID", .text(.any), "The annotation that it belongs to."),
    SchemaField("document", .object, "What a foreign document said beyond that."),
    SchemaField("created", .number(-1e12...1e12), "When it was made, in seconds since 1970."),
    SchemaField("updated", .number(-1e12...1e12), "When it was last changed, in seconds since 1970."),
  ])

  static let label = Schema.text(TextRule(0...1000))
  static let person = Schema.text(TextRule(1...255, .printable))

  static let newAnnotation = Schema.group([
    SchemaField("label", label, "The label: opaque text."),
    SchemaField("by", person, "Who says it: a name or an address."),
    .optional("geometry", .reference("NewGeometry"), "What of the item is meant; without it, all of it."),
    .optional("attributes", .object, "What else is stated of the object."),
  ])

  static let annotationChange = Schema.group([
    .optional("label", label, "The new label."), .optional("by", person, "Who says it now."),
    .optional("geometry", .reference("NewGeometry"), "What of the item is meant."),
    .optional("attributes", .object, "What else is stated, in the place of what was."),
  ])

  static let importReport = Schema.group([
    SchemaField("itemsAdded", .count, "Items that are new."),
    SchemaField("itemsKnown", .count, "Items that were there."),
    SchemaField("annotations", .count, "Annotations that were kept as ground truth."),
    SchemaField("predictions", .count, "Annotations that were kept as predictions."),
    SchemaField(
      "rejected",
      .list(
        .group([SchemaField("place", .text(.any), "Where it stands."), SchemaField("reason", .text(.any), "Why.")]),
        count: 0...1000), "What could not be imported; all else was. Of more than 1000, the first."),
    SchemaField("rejectedCount", .count, "How much could not be imported."),
  ])
}
