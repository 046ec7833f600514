// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley

/// One thing that a person, an import or a model said about an item.
public struct PlatformAnnotation: Sendable, Hashable, Codable {
  /// The id: 24 hexadecimal digits, or what a foreign document said.
  public let id: String
  /// The id of the item.
  public let itemID: String
  /// The label: opaque Unicode text, compared byte by byte.
  public let label: String
  /// What of the item is meant.
  public let geometry: AnnotationGeometry
  /// How sure a model was, from 0 to 1; `nil` if nobody said.
  public let confidence: Double?
  /// What else was stated of the object.
  public let attributes: JSONObject
  /// Who said it.
  public let origin: AnnotationOrigin
  /// The annotation that this one belongs to.
  public let parentID: String?
  /// What a foreign document said that nothing here can say: carried, and written back.
  public let document: JSONObject
  /// When it was made, in seconds since 1970.
  public let created: Double
  /// When it was last changed, in seconds since 1970.
  public let updated: Double
}

/// An annotation that shall be kept. Its origin is not optional.
public struct AnnotationDraft: Sendable, Hashable {
  /// The id of the item.
  public var itemID: String
  /// The label.
  public var label: String
  /// What of the item is meant.
  public var geometry: AnnotationGeometry
  /// Who says it.
  public var origin: AnnotationOrigin
  /// How sure a model is, from 0 to 1.
  public var confidence: Double?
  /// What else is stated of the object.
  public var attributes: JSONObject
  /// The annotation that this one belongs to.
  public var parentID: String?
  /// What a foreign document said beyond that.
  public var document: JSONObject
  /// The id; `nil` for a new one.
  public var id: String?
  /// When it was made and last changed, in seconds since 1970; `nil` for now.
  public var times: (created: Double, updated: Double)? {
    get { created.map { ($0, updated ?? $0) } }
    set { (created, updated) = (newValue?.created, newValue?.updated) }
  }

  private var created: Double?
  private var updated: Double?

  /// Describes an annotation.
  public init(
    itemID: String, label: String, geometry: AnnotationGeometry, origin: AnnotationOrigin, confidence: Double? = nil,
    attributes: JSONObject = .empty, parentID: String? = nil, document: JSONObject = .empty, id: String? = nil
  ) {
    self.itemID = itemID
    self.label = label
    self.geometry = geometry
    self.origin = origin
    self.confidence = confidence
    self.attributes = attributes
    self.parentID = parentID
    self.document = document
    self.id = id
  }

  /// The same draft, if the store can keep it.
  package func checked() throws(GalleyError) -> AnnotationDraft {
    try check()
    return self
  }

  /// Refuses what the store couldn't keep.
  func check() throws(GalleyError) {
    try origin.check()
    func refuse(_ why: String) -> GalleyError {
      GalleyError(.badData, "can't keep the annotation '\(label)'", at: "item \(itemID)", why: why)
    }
    if let confidence, !(0...1).contains(confidence) {
      throw refuse("its confidence is \(confidence), not from 0 to 1")
    }
    if let id, !EntityID.isUsable(id) { throw refuse("'\(id)' is no id: letters, digits, '-' and '_', at most 64") }
    if label.utf8.contains(0) { throw refuse("a NUL stands in its label") }
    guard AnnotationGeometry(geometry.value) != nil else { throw refuse("its geometry has numbers that aren't finite") }
  }
}
