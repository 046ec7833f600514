// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
public import Metrics

/// A model's predictions held against ground truth.
public struct ModelEvaluation: Sendable {
  /// The model's id.
  public var modelID: String
  /// The data set's id.
  public var datasetID: String
  /// Pairs, missed objects and surplus predictions.
  public var matching: ObjectMatching
  /// Precision and recall by label and threshold, as COCO has them.
  public var precision: AveragePrecision
  /// Kinds of annotation that have no likeness yet, with how many were left out: polylines and what is only carried.
  public var leftOut: [String: Int]

  /// The figures, by name.
  public var metrics: [String: Double] {
    var figures: [String: Double] = [:]
    figures["ap"] = precision.mean
    figures["ap50"] = precision.mean(at: 0.5)
    figures["ap75"] = precision.mean(at: 0.75)
    figures["ar"] = precision.meanRecall
    let pairs = matching.pairs
    let hits = pairs.count(where: \.isHit)
    figures["hits"] = Double(hits)
    // Of whole items with one label each, both are the accuracy.
    let (predicted, known) = (pairs.count { $0.prediction != nil }, pairs.count { $0.truth != nil })
    if predicted > 0 { figures["precision"] = Double(hits) / Double(predicted) }
    if known > 0 { figures["recall"] = Double(hits) / Double(known) }
    figures["mislabelled"] = Double(pairs.count { $0.truth != nil && $0.prediction != nil && !$0.isHit })
    figures["missed"] = Double(pairs.count { $0.prediction == nil })
    figures["surplus"] = Double(pairs.count { $0.truth == nil })
    return figures
  }

  /// The precision-recall curves at a likeness of 0.5, each of 101 points.
  public var plots: [PlotSample] {
    precision.curves.filter { abs($0.threshold - 0.5) < 1e-9 }.flatMap { curve in
      curve.interpolated.enumerated().map {
        PlotSample(figure: "precision-recall", legend: curve.label, x: Double($0.offset) * 0.01, y: $0.element)
      }
    }
  }

  /// The annotations' scores as CSV, with the columns of Dataloop's `.modelscores` files.
  public var annotationCSV: String {
    Self.csv(ObjectMatching.annotationColumns, matching.annotationRows(model: modelID, dataset: datasetID))
  }

  /// The items' scores as CSV.
  public var itemCSV: String {
    Self.csv(ObjectMatching.itemColumns, matching.itemRows(model: modelID, dataset: datasetID))
  }

  /// The confusion matrix as CSV: a row for each true label, a column for each predicted one, background at the end.
  public var confusionCSV: String {
    let confusion = matching.confusion
    let names = confusion.labels + ["(background)"]
    return Self.csv(["true"] + names, zip(names, confusion.counts).map { [$0] + $1.map { "\($0)" } })
  }

  private static func csv(_ columns: [String], _ rows: [[String]]) -> String {
    ([columns] + rows).map { CSVRecords.line($0) + "\n" }.joined()
  }
}

extension PlatformStore {
  /// Holds what a model predicted against ground truth.
  ///
  /// Polygons and turned boxes become masks, as pycocotools makes them; ellipses and sets of keypoints are compared by
  /// the boxes around them. Items without a prediction and without ground truth count as right.
  /// - Parameters:
  ///   - model: The model's id, as predictions name it.
  ///   - filters: Which items; a page of it is not looked at.
  ///   - threshold: The smallest likeness of a pair.
  ///   - minimumConfidence: Less sure predictions are left out of the pairs, not of the curves.
  /// - Throws: `GalleyError` if there is no such data set or the filter can't be used.
  public func evaluate(
    model: String, on dataset: String, _ filters: Filters = Filters(.items), threshold: Double = 0.5,
    minimumConfidence: Double = 0
  ) throws(GalleyError) -> ModelEvaluation {
    let entity = try self.dataset(dataset)
    return try evaluate(
      model: model, on: entity.id, allItems(filters, in: entity.id), threshold: threshold,
      minimumConfidence: minimumConfidence)
  }

  /// Holds what a model predicted for these items of a data set against ground truth, as above.
  /// - Parameter dataset: The data set's id.
  package func evaluate(
    model: String, on dataset: String, _ listed: [PlatformItem], threshold: Double = 0.5,
    minimumConfidence: Double = 0
  ) throws(GalleyError) -> ModelEvaluation {
    var leftOut: [String: Int] = [:]
    var items: [EvaluatedItem] = []
    for item in listed {
      let truth = try annotations(ofItem: item.id)
      let predicted = try predictions(ofItem: item.id, model: model)
      let size = item.size ?? Self.size(around: truth + predicted)
      let (width, height) = (Double(size.width), Double(size.height))
      let diagonal = (width * width + height * height).squareRoot()
      items.append(
        EvaluatedItem(
          id: item.id, diagonal: diagonal, truth: Self.objects(truth, size, &leftOut),
          predictions: Self.objects(predicted, size, &leftOut)))
    }
    return ModelEvaluation(
      modelID: model, datasetID: dataset,
      matching: ObjectMatching(of: items, threshold: threshold, minimumConfidence: minimumConfidence),
      precision: AveragePrecision(of: items), leftOut: leftOut)
  }

  /// Of an item whose size nobody knows, the smallest that holds everything.
  private static func size(around annotations: [PlatformAnnotation]) -> PixelSize {
    let bounds = annotations.compactMap(\.geometry.bounds)
    func side(_ values: [Double]) -> Int { Int(min(max(values.max() ?? 1, 1), 32_768).rounded(.up)) }
    return PixelSize(width: side(bounds.map(\.right)), height: side(bounds.map(\.bottom)))
  }

  private static func objects(
    _ annotations: [PlatformAnnotation], _ size: PixelSize, _ leftOut: inout [String: Int]
  ) -> [EvaluatedObject] {
    annotations.compactMap { annotation in
      guard let shape = shape(annotation.geometry, size) else {
        leftOut[annotation.geometry.type, default: 0] += 1
        return nil
      }
      return EvaluatedObject(
        id: annotation.id, label: annotation.label, confidence: annotation.confidence ?? 1, shape: shape,
        isCrowd: AnnotationMapping.isCrowd(annotation), creator: annotation.origin.name,
        attributes: annotation.attributes.values.mapValues(\.description))
    }
  }

  private static func shape(_ geometry: AnnotationGeometry, _ size: PixelSize) -> ObjectShape? {
    switch geometry {
    case .whole: .whole
    case .box(let box): .box(box.upright)
    case .rotatedBox(let box): DataloopCoordinates.mask(of: [box.corners], size).map { .mask($0) }
    case .polygon(let outline): DataloopCoordinates.mask(of: outline, size).map { .mask($0) }
    case .mask(let mask): .mask(mask)
    case .point(let point): .point(point)
    case .ellipse, .keypoints: geometry.bounds.map { .box($0) }
    case .polyline, .foreign: nil
    }
  }

  /// Keeps an evaluation's figures and curves with the model's present version; curves of the same name are replaced.
  /// - Throws: `GalleyError` if the store has no such model.
  public func keep(_ evaluation: ModelEvaluation) throws(GalleyError) {
    try setMetrics(evaluation.metrics, ofModel: evaluation.modelID, dataset: evaluation.datasetID)
    try replaceSamples(evaluation.plots, ofModel: evaluation.modelID)
  }
}
