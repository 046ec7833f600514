// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files

internal import Glibc

extension ModelFile {
  /// Describes the file at `path`, which is read for its digest.
  /// - Throws: `GalleyError` if it is missing or can't be read.
  public init(at path: String, format: ModelFormat) throws(GalleyError) {
    do throws(FileError) {
      let digest = try Digest(ofFileAt: path)
      var status = stat()
      guard stat(path, &status) == 0 else { throw FileError(.read, path) }
      self.init(path: path, format: format, digest: digest, byteCount: status.st_size)
    } catch {
      throw GalleyError(
        .missingInput, "can't read the model", at: path, why: error.reason, remedy: "Check the path of the model.")
    }
  }
}
