// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The scores as tables, with the columns of Dataloop's `.modelscores` files. The first annotation is ground truth, the
/// second the prediction.
extension ObjectMatching {
  /// The columns of ``annotationRows(model:dataset:)``.
  public static let annotationColumns = [
    "first_id", "first_creator", "first_label", "first_confidence", "second_id", "second_creator", "second_label",
    "second_confidence", "item_id", "annotation_score", "attribute_score", "geometry_score", "label_score",
    "annotation_type", "model_id", "dataset_id",
  ]

  /// A row for each pair, missed object and surplus prediction; what is missing is empty.
  public func annotationRows(model: String, dataset: String) -> [[String]] {
    pairs.map { pair in
      func fields(_ object: EvaluatedObject?, isPrediction: Bool) -> [String] {
        guard let object else { return ["", "", "", ""] }
        return [object.id, object.creator, object.label, isPrediction ? "\(object.confidence)" : ""]
      }
      return fields(pair.truth, isPrediction: false) + fields(pair.prediction, isPrediction: true) + [
        pair.itemID, "\(pair.annotationScore)", "\(pair.attributeScore)", "\(pair.geometryScore)",
        "\(pair.labelScore)", (pair.truth ?? pair.prediction)?.shape.type ?? "", model, dataset,
      ]
    }
  }

  /// The columns of ``itemRows(model:dataset:)``.
  public static let itemColumns = [
    "item_id", "item_overall", "hits", "mislabelled", "missed", "surplus", "model_id", "dataset_id",
  ]

  /// A row for each item: the mean of its annotations' scores (1 if there is nothing to find and nothing was found), and
  /// the counts.
  public func itemRows(model: String, dataset: String) -> [[String]] {
    let groups = Dictionary(grouping: pairs, by: \.itemID)
    return itemIDs.map { id in
      let pairs = groups[id] ?? []
      let score = pairs.isEmpty ? 1 : pairs.reduce(0) { $0 + $1.annotationScore } / Double(pairs.count)
      let counts = [
        pairs.count(where: \.isHit), pairs.count { $0.truth != nil && $0.prediction != nil && !$0.isHit },
        pairs.count { $0.prediction == nil }, pairs.count { $0.truth == nil },
      ]
      return [id, "\(score)"] + counts.map { "\($0)" } + [model, dataset]
    }
  }
}
