// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc

extension VerbResult.ProducedFile {
  /// Describes a file that was written.
  /// - Throws: `GalleyError` if it isn't there.
  init(writtenAt path: String) throws(GalleyError) {
    do throws(FileError) {
      let digest = try Digest(ofFileAt: path)
      var status = stat()
      guard stat(path, &status) == 0 else { throw FileError(.read, path) }
      self.init(path: path, digest: digest, byteCount: Int(status.st_size))
    } catch {
      throw GalleyError(.software, "can't describe what was made", at: path, why: error.reason)
    }
  }
}
