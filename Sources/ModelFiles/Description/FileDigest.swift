// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import Galley

/// A file's size and digest, found beside the thread that reads the model: hashing takes as long as reading.
///
/// Unchecked, because the result is touched on the serial queue only.
final class FileDigest: @unchecked Sendable {
  private let queue = DispatchQueue(label: "galley.file-digest")
  private var result: Result<ModelDescription.File, GalleyError>?

  /// Begins to hash a file.
  init(_ path: String) {
    queue.async { [self] in
      result = Result { () throws(GalleyError) in
        // The format is not looked at.
        let file = try ModelFile(at: path, format: .onnx)
        return ModelDescription.File(path: path, byteCount: file.byteCount, digest: file.digest)
      }
    }
  }

  /// The result, as soon as it is there.
  /// - Throws: `GalleyError` if the file can't be read.
  func file() throws(GalleyError) -> ModelDescription.File {
    guard let result = queue.sync(execute: { result }) else {
      throw GalleyError(.software, "can't hash a file", why: "the hashing thread gave no result")
    }
    return try result.get()
  }
}
