// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// Between annotations of data sets in files, which may have a box, an outline and keypoints at once, and those of the
/// store, which are one thing. What the store's form can't say is kept beside it and comes back on export.
enum AnnotationMapping {
  /// Where the whole is kept.
  private static let own = ["metadata", "user", "galley", "annotation"]

  static func draft(
    _ annotation: Annotation, of classes: [DatasetClass], itemID: String, source: String
  ) throws(GalleyError) -> AnnotationDraft {
    let entry = annotation.label.flatMap { classes.indices.contains($0) ? classes[$0] : nil }
    let geometry = geometry(annotation, entry)
    let label = entry?.name ?? ""
    var origin = AnnotationOrigin.imported(source: source)
    if annotation.score != nil {
      origin = .model(ModelOrigin(id: "import:\(source)", version: "unknown", name: source, run: "import"))
    }
    let confidence = annotation.score.flatMap { (0...1).contains($0) ? $0 : nil }
    var document = ConfigurationValue.map([:])
    var plain = self.annotation(geometry, label: annotation.label)
    plain.score = confidence
    plain.attributes = annotation.attributes
    if plain != whole(annotation) { document.set(own, try value(of: whole(annotation))) }
    return AnnotationDraft(
      itemID: itemID, label: label, geometry: geometry, origin: origin, confidence: confidence,
      attributes: JSONObject(annotation.attributes), document: JSONObject(document.fields ?? [:]))
  }

  /// The annotation for a file, with everything that its import couldn't say otherwise.
  static func annotation(_ kept: PlatformAnnotation, label: Int?) -> Annotation {
    var annotation = annotation(kept.geometry, label: label)
    if let stated = kept.document.values["metadata"]?.value(at: Array(own.dropFirst())),
      let whole = try? JSONDecoder().decode(Annotation.self, from: Data(stated.json.utf8)),
      geometry(whole, nil).isSame(as: kept.geometry)
    {
      annotation = whole
      annotation.label = label
    }
    annotation.score = annotation.score ?? (kept.origin.isPrediction ? kept.confidence ?? 1 : nil)
    annotation.attributes = kept.attributes.values
    return annotation
  }

  /// Whether an annotation stands for a group of objects that were not told apart.
  static func isCrowd(_ kept: PlatformAnnotation) -> Bool {
    kept.document.isEmpty
      ? false : ConfigurationValue.map(kept.document.values).value(at: own + ["isCrowd"]) == .bool(true)
  }

  /// Where it was read says nothing in another place.
  private static func whole(_ annotation: Annotation) -> Annotation {
    var copy = annotation
    copy.provenance = nil
    return copy
  }

  private static func value(of annotation: Annotation) throws(GalleyError) -> ConfigurationValue {
    do {
      var copy = annotation
      copy.label = nil
      copy.maskFile = nil
      return try ConfigurationValue(json: Data(PlatformStore.encode(copy).utf8), at: "annotation")
    } catch {
      throw GalleyError(.badData, "can't import the annotation", why: "a number in it isn't finite")
    }
  }

  /// The one thing that says most.
  private static func geometry(_ annotation: Annotation, _ entry: DatasetClass?) -> AnnotationGeometry {
    if !annotation.keypoints.isEmpty {
      let names = entry?.keypoints ?? []
      return .keypoints(
        KeypointSet(
          points: annotation.keypoints.enumerated().map { index, keypoint in
            .init(names.indices.contains(index) ? names[index] : "\(index)", keypoint.point, keypoint.visibility)
          }))
    }
    if let mask = annotation.mask { return .mask(mask) }
    if !annotation.polygons.isEmpty { return .polygon(Outline(parts: annotation.polygons)) }
    if let box = annotation.rotatedBox { return .rotatedBox(box) }
    if let box = annotation.box { return .box(box) }
    return .whole
  }

  private static func annotation(_ geometry: AnnotationGeometry, label: Int?) -> Annotation {
    switch geometry {
    case .whole, .foreign: Annotation(label: label)
    case .box(let box): Annotation(label: label, box: box)
    case .rotatedBox(let box): Annotation(label: label, rotatedBox: box)
    case .polygon(let outline): Annotation(label: label, polygons: outline.parts)
    case .polyline(let points): Annotation(label: label, box: Box(around: points))
    case .point(let point): Annotation(label: label, keypoints: [Keypoint(point)])
    case .ellipse(let ellipse): Annotation(label: label, box: ellipse.bounds)
    case .mask(let mask): Annotation(label: label, mask: mask)
    case .keypoints(let set):
      Annotation(label: label, keypoints: set.points.map { Keypoint($0.point, $0.visibility) })
    }
  }
}

extension AnnotationGeometry {
  /// Whether both say the same but for the names of keypoints, which the class has.
  fileprivate func isSame(as other: AnnotationGeometry) -> Bool {
    guard case .keypoints(let own) = self, case .keypoints(let others) = other else { return self == other }
    return own.points.map(\.point) == others.points.map(\.point)
      && own.points.map(\.visibility) == others.points.map(\.visibility)
  }
}
