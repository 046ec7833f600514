// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

/// A folder of one test's own, removed with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/galley-native-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Writes a file, with the folders above it; returns its path.
  @discardableResult
  func write(_ name: String, _ text: String = "content") throws -> String {
    let file = path + "/" + name
    let folder = (file as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    return file
  }
}

/// The text of an installed.json with one library.
func installedJSON(
  name: String = "onnxruntime", path: String = "onnxruntime-1.2.3", main: String = "lib/libonnxruntime.so.1"
) -> String {
  """
  {"format": 1, "libraries": [{"name": "\(name)", "version": "1.2.3", "path": "\(path)", "main": "\(main)",
    "sha256": "\(String(repeating: "a", count: 64))", "licence": "MIT"}]}
  """
}
