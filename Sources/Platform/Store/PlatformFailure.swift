// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley

/// Says in words why the store can't be used.
enum PlatformFailure {
  static func explain(_ error: any Error, _ what: String, _ path: String) -> GalleyError {
    switch error {
    case let error as GalleyError: return error
    case let error as FileError: return GalleyError(writing: error, what)
    case let error as DatabaseError: return explain(error, what, path)
    default:
      return GalleyError(
        .badData, what, at: path, why: "the store is damaged: \(error)", remedy: "Restore it from a copy.")
    }
  }

  static func foreign(_ path: String) -> GalleyError {
    GalleyError(
      .badData, "can't open the platform's store", at: path, why: "it is a database, but not a platform's",
      remedy: "Choose another home with GALLEY_HOME or --pantry.")
  }

  static func newer(_ path: String) -> GalleyError {
    GalleyError(
      .badData, "can't open the platform's store", at: path, why: "a newer version of Galley made it",
      remedy: "Install that version, or choose another home.")
  }

  /// There is no such thing.
  static func missing(_ what: String, _ name: String, near names: [String], list: String) -> GalleyError {
    GalleyError(
      .missingInput, "can't find the \(what) '\(name)'", why: "the store has none of that name or id",
      remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" } ?? "'\(list)' shows them.")
  }

  static func isPassing(_ error: any Error) -> Bool {
    guard let error = error as? DatabaseError else { return false }
    return [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode)
  }

  private static func explain(_ error: DatabaseError, _ what: String, _ path: String) -> GalleyError {
    let words = error.message ?? "SQLite's code \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      return GalleyError(
        .badData, what, at: path, why: "the store is damaged: \(words)", remedy: "Restore it from a copy.")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return GalleyError(
        .tryAgain, what, at: path, why: "another process has been writing to it for too long",
        remedy: "Run the command again when that process is done.")
    case .SQLITE_FULL:
      return GalleyError(
        .cantCreate, what, at: path, why: "the disk is full", remedy: "Make room and run the command again.")
    case .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_IOERR:
      return GalleyError(
        .cantCreate, what, at: path, why: words, remedy: "Look whether the folder exists and can be written.")
    case .SQLITE_TOOBIG:
      return GalleyError(.badData, what, at: path, why: "a value is larger than the store can keep (1 GB)")
    default: return GalleyError(.software, what, at: path, why: words)
    }
  }
}
