// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why a text is no XML that is read here.
struct XMLProblem: Error {
  var message: String
  var line: Int
}
