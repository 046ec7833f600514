// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley

/// An execution provider by the name that a user gives it.
struct ONNXRuntimeProvider {
  private let name: String

  init(_ name: String) { self.name = name }

  private static let ending = "executionprovider"

  /// The name as names are compared: without its ending, in small letters.
  private static func plain(_ name: String) -> String {
    let name = name.lowercased()
    return name.hasSuffix(ending) ? String(name.dropLast(ending.count)) : name
  }

  /// Whether it is the processor, which every session has.
  var isProcessor: Bool { Self.plain(name) == "cpu" }

  /// The short names that ONNX Runtime's function for providers without a function of their own goes by.
  private static let shortNames = [
    "azure": "AZURE", "coreml": "CoreML", "dml": "DML", "js": "JS", "nvtensorrtrtx": "NvTensorRtRtx",
    "openvino": "OpenVINO", "qnn": "QNN", "snpe": "SNPE", "vitisai": "VitisAI", "webgpu": "WebGPU", "webnn": "WEBNN",
    "xnnpack": "XNNPACK",
  ]

  /// The library's full name of this provider.
  /// - Throws: `GalleyError` if the library was built without it.
  func fullName(_ library: ONNXRuntimeLibrary) throws(GalleyError) -> String {
    let offered = try library.providers()
    if let found = offered.first(where: { Self.plain($0) == Self.plain(name) }) { return found }
    let names = offered.map { Self.plain($0) }
    throw GalleyError(
      .unavailable, "can't use the execution provider '\(name)'", at: library.path,
      why: "ONNX Runtime \(library.version) was built without it; it has \(names.joined(separator: ", "))",
      remedy: NearestName.match(Self.plain(name), in: names).map { "Did you mean '\($0)'?" })
  }

  /// Adds the provider to session options.
  func append(
    to sessionOptions: OpaquePointer, _ options: [(key: String, value: String)], _ library: ONNXRuntimeLibrary
  ) throws(GalleyError) {
    guard !isProcessor else { return }
    let fullName = try fullName(library)
    let (keys, values) = (ONNXRuntimeNames(options.map(\.key)), ONNXRuntimeNames(options.map(\.value)))
    let call = ONNXRuntimeProviderCall(library, sessionOptions, keys, values, deed: "use the provider '\(name)'")
    switch Self.plain(fullName) {
    case "cuda": try call.cuda()
    case "tensorrt": try call.tensorRT()
    default: try call.named(Self.shortNames[Self.plain(fullName)] ?? fullName)
    }
    withExtendedLifetime((keys, values)) {}
  }
}

/// The calls that add a provider: two providers have functions of their own.
private struct ONNXRuntimeProviderCall {
  private let library: ONNXRuntimeLibrary
  private let api: UnsafePointer<OrtApi>
  private let sessionOptions: OpaquePointer
  private let keys: ONNXRuntimeNames
  private let values: ONNXRuntimeNames
  private let deed: String

  init(
    _ library: ONNXRuntimeLibrary, _ sessionOptions: OpaquePointer, _ keys: ONNXRuntimeNames,
    _ values: ONNXRuntimeNames, deed: String
  ) {
    self.library = library
    api = library.api
    self.sessionOptions = sessionOptions
    self.keys = keys
    self.values = values
    self.deed = deed
  }

  func named(_ name: String) throws(GalleyError) {
    try library.check(
      api.pointee.SessionOptionsAppendExecutionProvider(
        sessionOptions, name, keys.pointers, values.pointers, keys.pointers.count), deed)
  }

  func cuda() throws(GalleyError) {
    var options: OpaquePointer?
    try library.check(api.pointee.CreateCUDAProviderOptions(&options), deed)
    guard let options else { throw GalleyError(.software, "can't \(deed)", why: "ONNX Runtime gave no options") }
    defer { api.pointee.ReleaseCUDAProviderOptions(options) }
    try library.check(
      api.pointee.UpdateCUDAProviderOptions(options, keys.pointers, values.pointers, keys.pointers.count), deed)
    try library.check(api.pointee.SessionOptionsAppendExecutionProvider_CUDA_V2(sessionOptions, options), deed)
  }

  func tensorRT() throws(GalleyError) {
    var options: OpaquePointer?
    try library.check(api.pointee.CreateTensorRTProviderOptions(&options), deed)
    guard let options else { throw GalleyError(.software, "can't \(deed)", why: "ONNX Runtime gave no options") }
    defer { api.pointee.ReleaseTensorRTProviderOptions(options) }
    try library.check(
      api.pointee.UpdateTensorRTProviderOptions(options, keys.pointers, values.pointers, keys.pointers.count), deed)
    try library.check(api.pointee.SessionOptionsAppendExecutionProvider_TensorRT_V2(sessionOptions, options), deed)
  }
}
