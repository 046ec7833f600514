// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Something that a pantry did on its own and that its user may want to know.
public enum PantryNotice: Sendable, Hashable, CustomStringConvertible {
  /// The index was missing or damaged and was made anew from the files.
  case indexRebuilt(reason: String)
  /// The index had fallen behind the files, after a kill or because somebody moved files, and was brought up to date.
  case indexReconciled(added: Int, removed: Int, changed: Int)
  /// The index can't be used for now; the files were used instead.
  case indexUnavailable(reason: String)
  /// An artifact whose bytes had changed was moved to `damaged/`.
  case quarantined(path: String)
  /// The pantry's limit was exceeded, and artifacts were removed.
  case collected(removed: Int, bytes: Int)

  /// What a killed process had begun to give its names has been finished.
  case delivered(id: String)
  /// That can't be finished for now.
  case undelivered(id: String, reason: String)

  public var description: String {
    switch self {
    case .indexRebuilt(let reason): "The pantry's index was made anew from the files: \(reason)."
    case .indexReconciled(let added, let removed, let changed):
      "The pantry's index was brought up to date with the files: \(added) added, \(removed) removed, \(changed) changed."
    case .indexUnavailable(let reason): "The pantry's index can't be used: \(reason). The files are read instead."
    case .quarantined(let path): "An artifact's bytes had changed; it was moved to \(path)."
    case .delivered(let id): "What was delivered as \(id.prefix(12)) and interrupted has been taken in."
    case .undelivered(let id, let reason): "What was delivered as \(id.prefix(12)) can't be taken in yet: \(reason)."
    case .collected(let removed, let bytes):
      "The pantry was over its limit: \(removed) artifacts of \(bytes) bytes were removed, the least recently used first."
    }
  }
}
