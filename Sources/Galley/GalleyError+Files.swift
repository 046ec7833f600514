// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
package import FoundationEssentials

extension GalleyError {
  /// What a person needs to know of a file that can't be written.
  /// - Parameters:
  ///   - error: what the system said.
  ///   - what: what failed, as a clause: "can't keep an artifact".
  public init(writing error: FileError, _ what: String) {
    if error.isBusy {
      self.init(
        .tryAgain, what, at: error.path, why: "another program has had it for too long: \(error.reason)",
        remedy: "Wait until that program is done, or end it; then try again.")
      return
    }
    let remedy =
      error.isFull
      ? "Free space on this disk, or choose another place with --pantry or --output; then run again: finished stages are "
        + "kept."
      : "Check that the folder exists and may be written."
    self.init(.cantCreate, what, at: error.path, why: error.reason, remedy: remedy)
  }
}

extension AtomicFile {
  /// Writes a file as a whole or not at all.
  /// - Parameters:
  ///   - failure: what fails if it can't be done, as a clause: "can't write the samples".
  ///   - code: of an error in making the contents.
  /// - Returns: the digest of the file.
  /// - Throws: `GalleyError`.
  @discardableResult
  package static func write(
    to path: String, or failure: String, code: ExitCode = .software, _ contents: () throws -> Data
  ) throws(GalleyError) -> Digest {
    do {
      let data = try contents()
      try write(data, to: path)
      return Digest(of: data)
    } catch let error as FileError {
      throw GalleyError(writing: error, failure)
    } catch {
      throw GalleyError(code, failure, at: path, why: "\(error)")
    }
  }
}
