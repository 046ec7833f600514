// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// Small documents that Galley itself keeps beside the pantry.
enum LocalRecord {
  /// The bytes of a file; `nil` if there is none.
  static func read(_ path: String, _ failure: String) throws(GalleyError) -> Data? {
    do throws(FileError) {
      return try SmallFile.read(path, atMost: 64 << 20)
    } catch {
      if error.isMissing { return nil }
      throw GalleyError(.missingInput, failure, at: path, why: error.reason)
    }
  }

  static func decode<Record: Decodable>(
    _ data: Data, _ failure: String, at path: String
  ) throws(GalleyError) -> Record {
    do {
      return try JSONDecoder().decode(Record.self, from: data)
    } catch {
      throw GalleyError(
        .badData, failure, at: path, why: "it is damaged: \(error)",
        remedy: "Restore it from a copy. If there is none, look who could have changed it before you make it anew.")
    }
  }

  static func write(_ record: some Encodable, to path: String, _ failure: String) throws(GalleyError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write(to: path, or: failure) { try encoder.encode(record) + Data("\n".utf8) }
  }
}
