// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Images

extension GalleyError {
  /// What a person needs to know of an image that can't be read, written or changed.
  /// - Parameter what: what failed, as a clause: "can't read an item".
  public init(image error: ImageError, _ what: String) {
    let codes: [(ImageError.Code, ExitCode)] = [
      (.unavailable, .unavailable), (.missing, .missingInput), (.invalidArgument, .configuration),
      (.unwritable, .cantCreate),
    ]
    let code = codes.first { $0.0 == error.code }?.1 ?? .badData
    self.init(code, what, at: error.place, why: error.reason, remedy: error.remedy)
  }
}
