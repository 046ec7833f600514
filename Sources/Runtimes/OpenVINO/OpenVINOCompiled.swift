// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// OpenVINO's compiled model and what it says of itself.
///
/// `@unchecked Sendable`: nothing changes after `init`, and OpenVINO makes requests of one model from any thread.
final class OpenVINOCompiled: @unchecked Sendable {
  let handle: OpaquePointer
  private let library: OpenVINOLibrary

  /// Takes over a compiled model.
  init(_ handle: OpaquePointer, _ library: OpenVINOLibrary) {
    self.handle = handle
    self.library = library
  }

  deinit { library.api.pointee.ov_compiled_model_free(handle) }

  /// The value of a property; `nil` if the device doesn't have it.
  func property(_ key: String) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard library.api.pointee.ov_compiled_model_get_property(handle, key, &text) == GALLEY_OV_OK else { return nil }
    return library.take(text)
  }

  private static let recorded = [
    ("devices", "EXECUTION_DEVICES"), ("hint", "PERFORMANCE_HINT"), ("streams", "NUM_STREAMS"),
    ("threads", "INFERENCE_NUM_THREADS"), ("precision", "INFERENCE_PRECISION_HINT"),
    ("optimalRequests", "OPTIMAL_NUMBER_OF_INFER_REQUESTS"), ("requests", "PERFORMANCE_HINT_NUM_REQUESTS"),
    ("pinning", "ENABLE_CPU_PINNING"), ("hyperThreading", "ENABLE_HYPER_THREADING"),
    ("executionMode", "EXECUTION_MODE_HINT"), ("profiling", "PERF_COUNT"),
    ("dynamicQuantizationGroup", "DYNAMIC_QUANTIZATION_GROUP_SIZE"),
  ]

  /// What is really used, as the compiled model and its device say it.
  func configuration(_ options: OpenVINORuntime.Options) -> [String: String] {
    var configuration = [
      "device": options.device, "build": library.build, "fixedShapes": "\(options.fixedShapes)",
    ]
    if !options.cacheFolder.isEmpty { configuration["cacheFolder"] = options.cacheFolder }
    for (name, key) in Self.recorded {
      if let value = property(key) { configuration[name] = OpenVINOProperties.word(value) }
    }
    var text: UnsafeMutablePointer<CChar>?
    if library.api.pointee.ov_core_get_property(library.core, options.device, "FULL_DEVICE_NAME", &text)
      == GALLEY_OV_OK
    {
      configuration["deviceName"] = library.take(text)
    }
    return configuration
  }
}
