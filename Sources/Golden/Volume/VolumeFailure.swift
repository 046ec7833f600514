// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley

/// Says in words why a volume can't be used.
enum VolumeFailure {
  static func explain(_ error: any Error, _ verb: String, _ path: String) -> GalleyError {
    switch error {
    case let error as GalleyError: return error
    case let error as FileError:
      return GalleyError(writing: error, "can't \(verb) the golden volume")
    case let error as VolumeDamage:
      return damaged(path, "the row \(error.row.prefix(12)) isn't what was written")
    case let error as DatabaseError: return explain(error, verb, path)
    default: return damaged(path, "a row can't be read: \(error)")
    }
  }

  static func foreign(_ path: String) -> GalleyError {
    GalleyError(
      .badData, "can't open the golden volume", at: path, why: "it is a database, but not a golden volume",
      remedy: "Name another file.")
  }

  static func newer(_ path: String) -> GalleyError {
    GalleyError(
      .badData, "can't open the golden volume", at: path, why: "a newer version of Galley made it",
      remedy: "Install that version, or name another file.")
  }

  static func damaged(_ path: String, _ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't read the golden volume", at: path, why: "it is damaged: \(why)",
      remedy: "Restore it from a copy, or move it away; the next run starts a new one.")
  }

  private static func explain(_ error: DatabaseError, _ verb: String, _ path: String) -> GalleyError {
    let what = "can't \(verb) the golden volume"
    let words = error.message ?? "SQLite's code \(error.resultCode.rawValue)"
    switch error.resultCode {
    case .SQLITE_NOTADB:
      return GalleyError(
        .badData, what, at: path, why: "it isn't an SQLite database", remedy: "Name another file.")
    case .SQLITE_CORRUPT: return damaged(path, words)
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
    default:
      return GalleyError(.software, what, at: path, why: words)
    }
  }
}
