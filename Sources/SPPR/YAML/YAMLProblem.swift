// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Why a YAML text can't be read, and where.
struct YAMLProblem: Error {
  /// Both from one on; the column counts code points.
  var line: Int
  var column: Int
  /// The value that was being read.
  var path: PortablePath
  var why: String
}
