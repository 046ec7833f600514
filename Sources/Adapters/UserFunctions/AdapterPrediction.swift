// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import Platform

/// What an adapter says of one item.
public enum AdapterPrediction: Sendable, Hashable {
  /// What it found; nothing, if the list is empty.
  case found([PredictedAnnotation])
  /// It says nothing of this item, and why.
  case skipped(reason: String)
  /// It could not answer for this item.
  case failed(AdapterFailure)

  /// The class of the whole item.
  public static func label(_ label: String, confidence: Double? = nil) -> AdapterPrediction {
    .found([PredictedAnnotation(label, confidence: confidence)])
  }
}

/// An annotation to come. It has no origin: that is always the model, in its version and run.
public struct PredictedAnnotation: Sendable, Hashable {
  /// The label: any Unicode text.
  public var label: String
  /// What of the item is meant.
  public var geometry: AnnotationGeometry
  /// How sure the model is, from 0 to 1.
  public var confidence: Double?
  /// What else is stated of the object.
  public var attributes: JSONObject
  /// What a foreign document said beyond that.
  public var document: JSONObject

  /// Describes an annotation.
  public init(
    _ label: String, _ geometry: AnnotationGeometry = .whole, confidence: Double? = nil,
    attributes: JSONObject = .empty, document: JSONObject = .empty
  ) {
    self.label = label
    self.geometry = geometry
    self.confidence = confidence
    self.attributes = attributes
    self.document = document
  }
}
