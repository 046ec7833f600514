// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files

extension Digest {
  /// Refuses a file that isn't the one that was meant.
  /// - Parameters:
  ///   - path: The file.
  ///   - thing: What it is, for messages: "model".
  ///   - use: What it was wanted for: "load".
  /// - Throws: `GalleyError` if the file can't be read or has another digest than this one.
  package func require(ofFileAt path: String, _ thing: String, to use: String) throws(GalleyError) {
    let found: Digest
    do throws(FileError) {
      found = try Digest(ofFileAt: path)
    } catch {
      throw GalleyError(.missingInput, "can't read the \(thing)", at: path, why: error.reason)
    }
    guard found == self else {
      throw GalleyError(
        .badData, "can't \(use) the \(thing)", at: path,
        why: "the file's SHA-256 begins with \(found.short), and \(short) was expected",
        remedy: "The file was changed after it was made; make it anew.")
    }
  }
}
