// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

/// Annotations as they travel between Galley and an adapter in another language: Dataloop's JSON.
package enum DataloopPredictions {
  /// Reads what was predicted for an item; points of a pose come with the pose.
  ///
  /// Whatever it says of ids, origin and model is passed over: that is for whoever asked to know.
  /// - Throws: `GalleyError` that names the first annotation that can't be read.
  package static func drafts(
    _ annotations: [ConfigurationValue], item: String, size: PixelSize?
  ) throws(GalleyError) -> [AnnotationDraft] {
    let (drafts, rejected) = DataloopItem(annotations: annotations).drafts(
      itemID: item, source: "prediction", size: size)
    if let (index, reason) = rejected.first {
      throw GalleyError(.badData, "can't read the prediction", at: "annotations[\(index)]", why: reason)
    }
    return drafts.map { draft in
      var draft = draft
      draft.id = nil
      draft.parentID = nil
      draft.times = nil
      draft.document = own(draft.document)
      return draft
    }
  }

  /// What an adapter may add to its predictions: a description, and metadata of its own.
  private static func own(_ document: JSONObject) -> JSONObject {
    guard !document.isEmpty else { return document }
    let values = ConfigurationValue.map(document.values)
    var kept = ConfigurationValue.map([:])
    if let description = value(values, ["description"]) { kept.set(["description"], description) }
    var user = value(values, ["metadata", "user"])?.fields ?? [:]
    user["model"] = nil
    if !user.isEmpty { kept.set(["metadata", "user"], .map(user)) }
    return JSONObject(kept.fields ?? [:])
  }

  private static func value(_ values: ConfigurationValue, _ path: [String]) -> ConfigurationValue? {
    values.value(at: path).flatMap { $0 == .null || $0 == .string("") ? nil : $0 }
  }

  /// Annotations of an item as Dataloop's JSON.
  package static func documents(
    _ annotations: [PlatformAnnotation], item: String, size: PixelSize?
  ) -> [ConfigurationValue] {
    let item = PlatformItem(
      id: item, datasetID: "", path: "/", digest: "", mediaType: "", byteCount: 0, size: size, isHidden: false,
      metadata: .empty, created: 0, updated: 0)
    return annotations.flatMap { DataloopAnnotation.values($0, item: item) }.map { $0.removing(["datasetId"]) }
  }
}
