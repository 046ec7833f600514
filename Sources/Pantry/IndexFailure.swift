// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import GRDB
internal import Galley

/// Tells an index that is damaged from one that can't be used for now.
enum IndexFailure {
  /// What is damaged; `nil` if the file itself is sound as far as the error says.
  static func damage(_ error: any Error) -> String? {
    switch error {
    case let error as IndexDamage: return error.why
    case is RowDecodingError: return "a row of it couldn't be read"
    case let error as DatabaseError:
      switch error.resultCode {
      case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_PERM,
        .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_INTERRUPT, .SQLITE_AUTH, .SQLITE_PROTOCOL, .SQLITE_ABORT:
        return nil
      default: return "it was damaged (\(error.message ?? "SQLite's code \(error.resultCode.rawValue)"))"
      }
    default: return nil
    }
  }

  static func newer(_ path: String) -> GalleyError {
    GalleyError(
      .badData, "can't use the pantry's index", at: path, why: "a newer version of Galley made it",
      remedy: "Install that version, or remove this one file: it is made anew from the artifacts.")
  }

  static func explain(_ error: any Error, _ path: String) -> GalleyError {
    let what = "can't use the pantry's index"
    switch error {
    case let error as GalleyError: return error
    case let error as FileError: return GalleyError(writing: error, what)
    case let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode):
      return GalleyError(
        .tryAgain, what, at: path, why: "another process has been writing to it for too long",
        remedy: "Run the command again when that process is done.")
    case let error as DatabaseError where error.resultCode == .SQLITE_FULL:
      return GalleyError(
        .cantCreate, what, at: path, why: "the disk is full", remedy: "Make room and run the command again.")
    case let error as DatabaseError:
      return GalleyError(
        .cantCreate, what, at: path, why: error.message ?? "SQLite's code \(error.resultCode.rawValue)",
        remedy: "Look whether the folder exists and can be written.")
    default: return GalleyError(.software, what, at: path, why: "\(error)")
    }
  }
}
