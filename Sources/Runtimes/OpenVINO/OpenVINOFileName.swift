// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// OpenVINO knows ONNX and IR files by their bytes, but TensorFlow Lite files only by their suffix.
enum OpenVINOFileName {
  private static let suffix = ".tflite"

  /// Gives `body` a name under which OpenVINO reads the file: its own, or a link's that ends with `body`.
  static func with(_ file: ModelFile, _ body: (String) throws(GalleyError) -> Void) throws(GalleyError) {
    guard file.format == .tflite, !file.path.hasSuffix(suffix) else { return try body(file.path) }
    let folder = try temporaryFolder()
    defer { rmdir(folder) }
    let link = folder + "/model" + suffix
    guard let target = realpath(file.path, nil) else { throw failure(file.path) }
    defer { free(target) }
    guard symlink(target, link) == 0 else { throw failure(link) }
    defer { unlink(link) }
    try body(link)
  }

  private static func temporaryFolder() throws(GalleyError) -> String {
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = (parent + "/galley-model-XXXXXX").utf8CString
    let made = name.withUnsafeMutableBufferPointer { name in
      name.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else { throw failure(parent) }
    return made
  }

  private static func failure(_ path: String) -> GalleyError {
    GalleyError(
      .cantCreate, "can't link the model under a name that ends with \(suffix)", at: path,
      why: String(cString: strerror(errno)))
  }
}
