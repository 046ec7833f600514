// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// What is asked of OpenVINO when a model is compiled, and what it says afterwards that it uses.
///
/// The names of the properties are public facts of the library (openvino/c/ov_property.h and the documentation of its
/// CPU plugin).
struct OpenVINOProperties {
  /// A property that is asked for under an option's name.
  struct Request {
    /// Galley's option; `nil` for a property that OpenVINO may treat as it likes.
    let option: String?
    let key: String
    let value: String

    init(_ key: String, _ value: String, checkedAs option: String? = nil) {
      self.option = option
      self.key = key
      self.value = value
    }
  }

  let device: String
  let requests: [Request]

  init(_ options: OpenVINORuntime.Options) throws(GalleyError) {
    device = options.device
    var requests: [Request] = []
    switch options.hint {
    case .latency: requests.append(Request("PERFORMANCE_HINT", "LATENCY"))
    case .throughput: requests.append(Request("PERFORMANCE_HINT", "THROUGHPUT"))
    case .none: break
    }
    if let type = options.precision.openVINOName {
      requests.append(Request("INFERENCE_PRECISION_HINT", type, checkedAs: "precision"))
    }
    if options.streams > 0 { requests.append(Request("NUM_STREAMS", "\(options.streams)", checkedAs: "streams")) }
    if options.requests > 0 { requests.append(Request("PERFORMANCE_HINT_NUM_REQUESTS", "\(options.requests)")) }
    if Self.isProcessor(device) {
      if options.threads > 0 {
        requests.append(Request("INFERENCE_NUM_THREADS", "\(options.threads)", checkedAs: "threads"))
      }
      requests.append(Request("ENABLE_CPU_PINNING", options.pinning ? "YES" : "NO"))
    } else if options.threads > 1 {
      throw GalleyError(
        .configuration, "can't use OpenVINO", at: "threads",
        why: "\(options.threads) threads were asked for, and only the device CPU has them, not '\(device)'")
    }
    if !options.cacheFolder.isEmpty { requests.append(Request("CACHE_DIR", options.cacheFolder)) }
    if options.profiling { requests.append(Request("PERF_COUNT", "YES")) }
    self.requests = requests
  }

  private static func isProcessor(_ device: String) -> Bool { device == "CPU" || device.hasPrefix("CPU.") }

  /// Refuses a device that isn't here, naming those that are. `AUTO:CPU,GPU` and the like are OpenVINO's to judge.
  func requireDevice(_ library: OpenVINOLibrary) throws(GalleyError) {
    let devices = try library.devices()
    let isListed = devices.contains { $0 == device || $0.hasPrefix(device + ".") || device.hasPrefix($0 + ".") }
    let isVirtual = ["AUTO", "MULTI", "HETERO", "BATCH"].contains(String(device.prefix { $0 != ":" }))
    guard isListed || isVirtual else {
      throw GalleyError(
        .configuration, "can't use OpenVINO", at: "device", why: "there is no device '\(device)' here",
        remedy: devices.isEmpty ? "OpenVINO finds no device." : "Devices: \(devices.joined(separator: ", ")).")
    }
  }

  /// Compiles a model that was read.
  func compile(
    _ model: OpaquePointer, at path: String, _ library: OpenVINOLibrary
  ) throws(GalleyError) -> OpaquePointer {
    var texts: [UnsafeMutablePointer<CChar>] = []
    defer { for text in texts { text.deallocate() } }
    func cText(_ text: String) -> UnsafeMutablePointer<CChar> {
      let characters = text.utf8CString
      let copy = UnsafeMutablePointer<CChar>.allocate(capacity: characters.count)
      for (index, character) in characters.enumerated() { copy[index] = character }
      texts.append(copy)
      return copy
    }
    let properties = requests.map { OvProperty(key: cText($0.key), value: UnsafeRawPointer(cText($0.value))) }
    var compiled: OpaquePointer?
    try library.check(
      library.api.pointee.ov_core_compile_model_props(
        library.core, model, device, properties.count, properties, &compiled), "compile the model", at: path)
    guard let compiled else {
      throw GalleyError(.software, "can't compile the model", at: path, why: "OpenVINO gave no compiled model")
    }
    return compiled
  }

  /// Refuses a compiled model that does not use what was asked for.
  func requireHonoured(by model: OpenVINOCompiled, at path: String) throws(GalleyError) {
    for request in requests {
      guard let option = request.option, let used = model.property(request.key), used != request.value else { continue }
      throw GalleyError(
        .configuration, "can't compile the model", at: path,
        why: "\(option) \(Self.word(request.value)) was asked for, and OpenVINO uses \(Self.word(used)) on \(device)",
        remedy: "Choose what it uses, or let OpenVINO choose.")
    }
  }

  /// OpenVINO's names of element types as Galley's.
  static func word(_ value: String) -> String {
    switch value {
    case "f32": "float32"
    case "f16": "float16"
    case "bf16": "bfloat16"
    case "YES": "true"
    case "NO": "false"
    default: value
    }
  }
}

extension OpenVINORuntime.Precision {
  /// OpenVINO's name of the type; `nil` if nothing is to be said.
  var openVINOName: String? {
    switch self {
    case .float32: "f32"
    case .float16: "f16"
    case .bfloat16: "bf16"
    case .automatic: nil
    }
  }
}
