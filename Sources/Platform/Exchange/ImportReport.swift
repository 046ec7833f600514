// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What an import brought.
public struct ImportReport: Sendable, Hashable, Codable {
  /// Something that could not be imported; all else was.
  public struct Rejected: Sendable, Hashable, Codable, CustomStringConvertible {
    /// Where it stands: the file, the item, the annotation.
    public var place: String
    /// Why it can't be used.
    public var reason: String

    /// Names something that could not be imported.
    public init(place: String, reason: String) {
      self.place = place
      self.reason = reason
    }

    public var description: String { "\(place): \(reason)" }
  }

  /// Nothing yet.
  public init() {}

  /// Items that are new.
  public var itemsAdded = 0
  /// Items that were there already.
  public var itemsKnown = 0
  /// Annotations that were kept as ground truth.
  public var annotations = 0
  /// Annotations that were kept as predictions, since they name a model or how sure it was.
  public var predictions = 0
  /// What could not be imported.
  public var rejected: [Rejected] = []

  mutating func reject(_ place: String, _ reason: String) { rejected.append(Rejected(place: place, reason: reason)) }
}
