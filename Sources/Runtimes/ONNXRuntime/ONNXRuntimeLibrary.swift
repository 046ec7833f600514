// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Glibc
internal import NativeLibraries
internal import Synchronization

/// The opened library, its checked function table, and the environment that every session of the process shares.
///
/// `@unchecked Sendable`: nothing changes after `init`, and ONNX Runtime's table and environment may be used from any
/// thread.
final class ONNXRuntimeLibrary: RuntimeLibrary, @unchecked Sendable {
  static let native = NativeLibrary.onnxRuntime

  let api: UnsafePointer<OrtApi>
  let environment: OpaquePointer
  /// Describes memory of the processor that a caller owns.
  let memory: OpaquePointer
  /// Frees what the library allocates for a caller.
  let allocator: OpaquePointer
  /// Whether a tensor's rank is known; `nil` if the library is too old to tell.
  let hasShape: (@convention(c) (OpaquePointer) -> Bool)?
  let version: String
  let path: String

  /// The library stays open and its environment alive until the process ends, so a failure isn't kept: the library may
  /// be installed meanwhile.
  private static let opened = Mutex<ONNXRuntimeLibrary?>(nil)

  /// The library, opened when first asked for.
  static func shared() throws(GalleyError) -> ONNXRuntimeLibrary {
    try opened.withLock { (opened: inout ONNXRuntimeLibrary?) throws(GalleyError) in
      if let opened { return opened }
      forbidTelemetry()
      let library = try ONNXRuntimeLibrary(
        located { (place) throws(NativeLibraryError) in try DynamicLibrary.open(place) })
      opened = library
      return library
    }
  }

  /// From 1.29 on ONNX Runtime's own Linux builds send descriptions of models and machines to Microsoft
  /// (github.com/microsoft/onnxruntime/pull/27379). Its function for that comes too late: an uploader runs already. Only
  /// this variable, set before the library is opened, prevents it.
  static func forbidTelemetry() {
    let variable = "ORT_DISABLE_TELEMETRY"
    if getenv(variable).map({ String(cString: $0) }) != "1" { setenv(variable, "1", 1) }
  }

  private init(_ library: DynamicLibrary) throws(GalleyError) {
    path = library.path
    let table: GalleyOrtTable
    do {
      table = galley_ort_table(try library.symbol("OrtGetApiBase"))
    } catch {
      throw Self.refusal(library.path, "\(error)")
    }
    version = table.version.map { String(cString: $0) } ?? "of unknown version"
    guard let api = table.api else {
      let slot = table.first_missing_slot
      throw Self.refusal(
        library.path,
        slot < 0
          ? "ONNX Runtime \(version) doesn't offer version \(GALLEY_ORT_API_VERSION) of its interface; 1.17 and later do"
          : "ONNX Runtime \(version) lacks the function in slot \(slot) of its interface")
    }
    self.api = api
    hasShape = table.has_shape
    var environment: OpaquePointer?
    try Self.check(
      api.pointee.CreateEnv(CInt(GALLEY_ORT_LOGGING_ERROR), "galley", &environment), api, "start ONNX Runtime")
    var memory: OpaquePointer?
    try Self.check(
      api.pointee.CreateCpuMemoryInfo(CInt(GALLEY_ORT_ALLOCATOR_ARENA), CInt(GALLEY_ORT_MEMORY_DEFAULT), &memory), api,
      "describe memory")
    var allocator: OpaquePointer?
    try Self.check(api.pointee.GetAllocatorWithDefaultOptions(&allocator), api, "get an allocator")
    guard let environment, let memory, let allocator else { throw Self.refusal(library.path, "it gave no environment") }
    self.environment = environment
    self.memory = memory
    self.allocator = allocator
    try Self.check(api.pointee.DisableTelemetryEvents(environment), api, "turn telemetry off")
  }

  /// The execution providers that the library was built with.
  func providers() throws(GalleyError) -> [String] {
    var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    var count: CInt = 0
    try check(api.pointee.GetAvailableProviders(&names, &count), "list the execution providers")
    guard let names else { return [] }
    let list = UnsafeBufferPointer(start: names, count: Int(count)).compactMap { $0.map { String(cString: $0) } }
    try check(api.pointee.ReleaseAvailableProviders(names, count), "release the list of execution providers")
    return list
  }

  /// Throws what `status` says, if it says anything.
  func check(_ status: OpaquePointer?, _ deed: @autoclosure () -> String, at place: String? = nil) throws(GalleyError) {
    try Self.check(status, api, deed(), at: place)
  }

  /// Throws what `status` says, in ONNX Runtime's own words, and releases it.
  private static func check(
    _ status: OpaquePointer?, _ api: UnsafePointer<OrtApi>, _ deed: @autoclosure () -> String, at place: String? = nil
  ) throws(GalleyError) {
    guard let status else { return }
    defer { api.pointee.ReleaseStatus(status) }
    let words = String(cString: api.pointee.GetErrorMessage(status))
    let code: ExitCode =
      switch api.pointee.GetErrorCode(status) {
      case CInt(GALLEY_ORT_NO_SUCH_FILE): .missingInput
      case CInt(GALLEY_ORT_NOT_IMPLEMENTED): .unavailable
      default: .badData
      }
    throw GalleyError(code, "can't \(deed())", at: place, why: "ONNX Runtime says: \(words)")
  }

  private static func refusal(_ path: String, _ why: String) -> GalleyError {
    GalleyError(
      .unavailable, "can't use ONNX Runtime", at: path, why: why,
      remedy: "Run 'galley doctor' to see what is installed and how to get what is missing.")
  }
}
