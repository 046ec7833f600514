// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Runtimes
import Tensors

/// The models that OpenVINO's tests use.
enum OpenVINOFixture {
  static func path(_ name: String) -> String {
    let own = Fixture.path("OpenVINO/\(name)")
    return FileManager.default.fileExists(atPath: own) ? own : Fixture.path(name)
  }

  static func model(_ name: String) throws -> ModelFile { try model(at: path(name)) }

  static func model(at path: String, format: ModelFormat? = nil) throws -> ModelFile {
    let format = format ?? (path.hasSuffix(".xml") ? .openvino : path.hasSuffix(".tflite") ? .tflite : .onnx)
    return try ModelFile(at: path, format: format)
  }
}

/// Whether OpenVINO is installed; tests that need it are skipped without.
let isOpenVINOHere: Bool = if case .available = OpenVINORuntime.availability() { true } else { false }
let whyNoOpenVINO = "libopenvino_c is not installed: run make setup"

/// The error that `body` throws.
func galleyError(_ body: () throws -> Void) -> GalleyError? {
  do {
    try body()
    return nil
  } catch {
    return error as? GalleyError
  }
}

extension InferenceSession {
  /// Writes values into an input.
  func set<Element: TensorElement>(_ index: Int, _ values: [Element]) throws {
    try values.withUnsafeBytes { try setInput(index, $0) }
  }

  /// An output's values and shape.
  func values<Element: TensorElement>(
    _ index: Int, as type: Element.Type = Float.self
  ) throws -> (values: [Element], shape: [Int]) {
    try withOutput(index) { bytes, shape in (Array(bytes.bindMemory(to: Element.self)), shape) }
  }
}
