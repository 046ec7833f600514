// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Runtimes

/// The runtimes that read ONNX files, by the names of their cards.
enum SuiteRuntime: String, CaseIterable {
  case onnxruntime

  /// Makes the runtime with its default options.
  func make() throws -> any Runtime {
    switch self {
    case .onnxruntime: try ONNXRuntime(.init())
    }
  }

  /// The version of the runtime's library.
  func version() throws -> String {
    switch type(of: try make()).availability() {
    case .available(let version, _): return version
    case .unavailable(let reason, _):
      throw GalleyError(.unavailable, "can't run the suite", at: rawValue, why: reason)
    }
  }
}
