// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Galley
internal import Platform

/// What became of an item, for programs.
struct ItemResultDocument: Encodable {
  var id: String
  var path: String
  var status: String
  var stage: String?
  var reason: String?
  var annotations: [Annotation]?

  /// What was predicted.
  struct Annotation: Encodable {
    var label: String
    var type: String
    var geometry: AnnotationGeometry
    var confidence: Double?
    var attributes: JSONObject?
  }

  init<Value>(_ result: AdapterItemResult<Value>) {
    id = result.id
    path = result.path
    switch result.outcome {
    case .ok(let value):
      status = "ok"
      annotations = (value as? [PredictedAnnotation])?.map {
        Annotation(
          label: $0.label, type: $0.geometry.type, geometry: $0.geometry, confidence: $0.confidence,
          attributes: $0.attributes.isEmpty ? nil : $0.attributes)
      }
    case .failed(let failure):
      status = "failed"
      stage = failure.stage.rawValue
      reason = failure.reason
    case .skipped(let reason):
      status = "skipped"
      self.reason = reason
    }
  }
}

extension ResultCounts {
  /// In words.
  var text: String { "\(ok) answered, \(failed) failed, \(skipped) skipped" }
}

extension Console {
  /// Ends a command over items as their results want it: with the reason of an early end, or with "some failed".
  func end(_ counts: ResultCounts, _ ended: GalleyError?) throws {
    if let ended { throw ended }
    if counts.failed > 0 { throw SilentExit(code: .partial) }
  }
}
