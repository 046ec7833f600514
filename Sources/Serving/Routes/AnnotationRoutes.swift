// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import HTTPTypes
internal import Platform

/// Ground truth.
enum AnnotationRoutes {
  private static let group = "annotations"
  private static let place = "/v1/annotations/{annotation}"
  private static let ofItem = "\(ItemRoutes.place)/annotations"

  static let all: [Route] =
    Listing<PlatformAnnotation>(
      resource: .annotations, path: "/v1/annotations", name: "Annotations", group: group,
      words: "annotations (ground truth)", schema: "Annotation", isScoped: true
    ) { try $0.annotations($1, in: $2) }.routes + [
      .reading(
        ofItem, "listItemAnnotations", group, "List all ground truth of an item.", SchemaLibrary.list(of: "Annotation")
      ) { try $0.store.annotations(ofItem: $0.store.item(ItemRoutes.id($0)).id) },
      .creating(
        ofItem, "createAnnotation", group, "Say something about an item.", .json(.reference("NewAnnotation")),
        .reference("Annotation"), naming: "annotation"
      ) { call in
        let item = try call.store.item(ItemRoutes.id(call))
        let ids = try call.store.addAnnotations([draft(call.document, item.id)])
        let annotation = try call.store.annotation(ids.first ?? "")
        return (annotation, "/v1/annotations/\(annotation.id)")
      },
      .changing(
        by: .put, ofItem, "replaceAnnotations", group, "Replace all ground truth of an item: all of it, or nothing.",
        .json(.list(.reference("NewAnnotation"), count: 0...Int.max)), SchemaLibrary.list(of: "Annotation")
      ) { call in
        let item = try call.store.item(ItemRoutes.id(call))
        guard case .list(let values) = call.document else { return [PlatformAnnotation]() }
        let drafts = try values.map { try draft($0, item.id) }
        try call.store.replaceAnnotations(ofItems: [item.id], with: drafts)
        return try call.store.annotations(ofItem: item.id)
      },
      .reading(place, "showAnnotation", group, "Show an annotation.", .reference("Annotation")) {
        try $0.store.annotation($0.path("annotation"))
      },
      .changing(
        place, "updateAnnotation", group, "Change an annotation; what isn't named stays.",
        .json(AnnotationSchemas.annotationChange), .reference("Annotation")
      ) { call in
        try call.store.updateAnnotation(
          call.path("annotation"), label: call.text(in: "label"), geometry: call["geometry"].map(geometry),
          attributes: call.object(in: "attributes"), origin: call.text(in: "by").map { .person($0) })
      },
      .removing(place, "deleteAnnotation", group, "Remove an annotation.") { call in
        try call.store.deleteAnnotations([call.store.annotation(call.path("annotation")).id])
      },
    ]

  private static func draft(_ value: ConfigurationValue, _ item: String) throws -> AnnotationDraft {
    guard case .map(let fields) = value, case .string(let label)? = fields["label"],
      case .string(let by)? = fields["by"]
    else { throw GalleyError(.software, "can't keep the annotation", why: "it has no label or origin") }
    var attributes = JSONObject.empty
    if case .map(let values)? = fields["attributes"] { attributes = JSONObject(values) }
    return AnnotationDraft(
      itemID: item, label: label, geometry: try fields["geometry"].map(geometry) ?? .whole, origin: .person(by),
      attributes: attributes)
  }

  private static func geometry(_ value: ConfigurationValue) throws(GalleyError) -> AnnotationGeometry {
    do {
      return try JSONDecoder().decode(AnnotationGeometry.self, from: value.data)
    } catch {
      throw GalleyError(
        .badData, "can't keep the annotation", at: "geometry",
        why: "it is no area: outlines are pairs of numbers, and run lengths fill their mask")
    }
  }
}
