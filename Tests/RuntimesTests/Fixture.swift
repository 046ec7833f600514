// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Runtimes

/// The files beside this one.
enum Fixture {
  static func path(_ name: String, in file: String = #filePath) -> String {
    URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
  }

  static func model(_ name: String) throws -> ModelFile { try model(at: path(name)) }

  static func model(at path: String) throws -> ModelFile {
    ModelFile(
      path: path, format: .onnx, digest: try Digest(ofFileAt: path),
      byteCount: try Data(contentsOf: URL(filePath: path)).count)
  }
}

extension Fixture {
  /// A model of the folder `litert`.
  static func liteRT(_ name: String) throws -> ModelFile {
    try ModelFile(at: path("litert/\(name).tflite"), format: .tflite)
  }
}

/// Whether LiteRT is installed; tests that need it are skipped without.
let isLiteRTHere: Bool = if case .available = LiteRTRuntime.availability() { true } else { false }
let whyNoLiteRT = "libLiteRt.so is not installed: run make setup"

/// Whether ONNX Runtime is installed; tests that need it are skipped without.
let isONNXRuntimeHere: Bool = if case .available = ONNXRuntime.availability() { true } else { false }
let whyNot = "libonnxruntime is not installed: run make setup"

/// A folder that is deleted with the value's user.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "galley-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}
