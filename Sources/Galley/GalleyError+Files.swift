// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

extension GalleyError {
  /// What a person needs to know of a file that can't be written.
  /// - Parameters:
  ///   - error: what the system said.
  ///   - what: what failed, as a clause: "can't keep an artifact".
  public init(writing error: FileError, _ what: String) {
    let remedy =
      error.isFull
      ? "Free space on this disk, or choose another place with --pantry or --output; then run again: finished stages are "
        + "kept."
      : "Check that the folder exists and may be written."
    self.init(.cantCreate, what, at: error.path, why: error.reason, remedy: remedy)
  }
}
