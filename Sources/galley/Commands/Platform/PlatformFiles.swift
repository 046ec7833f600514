// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley

/// What the platform's commands write.
enum PlatformFiles {
  static func write(_ data: Data, to path: String) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.write(data, to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the file")
    }
  }

  static func copy(_ source: String, to path: String) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.copy(source, to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the file")
    }
  }
}
