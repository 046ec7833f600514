// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import NativeLibraries
internal import Synchronization

/// The opened library, its functions, and the core that every model of the process shares.
///
/// `@unchecked Sendable`: nothing changes after `init`, and OpenVINO's functions and core may be used from any thread.
final class OpenVINOLibrary: RuntimeLibrary, @unchecked Sendable {
  static let native = NativeLibrary.openVINO

  let api: UnsafePointer<OvApi>
  let core: OpaquePointer
  /// The release, such as `2026.4.1`.
  let version: String
  /// The release with its build and branch.
  let build: String
  let path: String

  /// The library stays open and its core alive until the process ends, so a failure isn't kept: the library may be
  /// installed meanwhile.
  private static let opened = Mutex<OpenVINOLibrary?>(nil)

  /// The library, opened when first asked for.
  static func shared() throws(GalleyError) -> OpenVINOLibrary {
    try opened.withLock { (opened: inout OpenVINOLibrary?) throws(GalleyError) in
      if let opened { return opened }
      let library = try OpenVINOLibrary(
        located { (place) throws(NativeLibraryError) in try DynamicLibrary.open(place) })
      opened = library
      return library
    }
  }

  private init(_ library: DynamicLibrary) throws(GalleyError) {
    path = library.path
    let table = UnsafeMutablePointer<OvApi>.allocate(capacity: 1)
    let missing = Self.fill(table, from: library)
    guard missing.isEmpty else {
      table.deallocate()
      throw Self.refusal(library.path, "it lacks \(missing.joined(separator: ", ")); version 2026.4 has all of them")
    }
    api = UnsafePointer(table)
    build = Self.build(api)
    version = build.split(separator: "-").first.map(String.init) ?? build
    var core: OpaquePointer?
    try Self.check(api.pointee.ov_core_create(&core), api, "start OpenVINO", at: library.path)
    guard let core else { throw Self.refusal(library.path, "it gave no core") }
    self.core = core
  }

  /// The names of the functions that the library doesn't have.
  private static func fill(_ table: UnsafeMutablePointer<OvApi>, from library: DynamicLibrary) -> [String] {
    var missing: [String] = []
    for index in 0..<galley_ov_function_count() {
      guard let name = galley_ov_function_name(index) else { continue }
      if let address = library.optionalSymbol(String(cString: name)) {
        galley_ov_set_function(table, index, address)
      } else {
        missing.append(String(cString: name))
      }
    }
    return missing
  }

  private static func build(_ api: UnsafePointer<OvApi>) -> String {
    var version = OvVersion()
    guard api.pointee.ov_get_openvino_version(&version) == GALLEY_OV_OK else { return "of unknown version" }
    defer { api.pointee.ov_version_free(&version) }
    return version.build.map { String(cString: $0) } ?? "of unknown version"
  }

  /// The devices that OpenVINO finds.
  func devices() throws(GalleyError) -> [String] {
    var devices = OvDevices()
    try check(api.pointee.ov_core_get_available_devices(core, &devices), "list OpenVINO's devices")
    defer { api.pointee.ov_available_devices_free(&devices) }
    return UnsafeBufferPointer(start: devices.names, count: devices.count).compactMap { $0.map { String(cString: $0) } }
  }

  /// The text that the library gave, which is freed.
  func take(_ text: UnsafeMutablePointer<CChar>?) -> String {
    guard let text else { return "" }
    defer { api.pointee.ov_free(text) }
    return String(cString: text)
  }

  /// Throws what a status stands for, if it is a failure.
  func check(_ status: CInt, _ deed: @autoclosure () -> String, at place: String? = nil) throws(GalleyError) {
    if status != GALLEY_OV_OK { try Self.check(status, api, deed(), at: place) }
  }

  /// Throws what a status stands for, in OpenVINO's own words.
  ///
  /// OpenVINO keeps the words of the last failure only, one for the whole process: when two threads fail at once, an
  /// error may carry the other one's.
  private static func check(
    _ status: CInt, _ api: UnsafePointer<OvApi>, _ deed: @autoclosure () -> String, at place: String? = nil
  ) throws(GalleyError) {
    guard status != GALLEY_OV_OK else { return }
    if status == CInt(GALLEY_OV_INFER_CANCELLED) {
      throw GalleyError(.interrupted, "can't finish the run", at: place, why: "it was stopped")
    }
    let code: ExitCode = status == CInt(GALLEY_OV_NOT_IMPLEMENTED) ? .unavailable : .badData
    throw GalleyError(code, "can't \(deed())", at: place, why: "OpenVINO says: \(words(status, api))")
  }

  /// The library's words in one line. Where it refuses a parameter it leaves the words of an earlier failure standing.
  private static func words(_ status: CInt, _ api: UnsafePointer<OvApi>) -> String {
    var text = ""
    let isOwn = status != CInt(GALLEY_OV_INVALID_PARAMETER) && status != CInt(GALLEY_OV_NO_SUCH_METHOD)
    if isOwn, let last = api.pointee.ov_get_last_err_msg() {
      text = String(cString: last)
      api.pointee.ov_free(last)
    }
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      String(line.drop { $0 == " " })
    }
    if !lines.isEmpty { return lines.joined(separator: " ") }
    return api.pointee.ov_get_error_info(status).map { String(cString: $0) } ?? "status \(status)"
  }

  static func refusal(_ path: String, _ why: String) -> GalleyError {
    GalleyError(
      .unavailable, "can't use OpenVINO", at: path, why: why,
      remedy: "Run 'galley doctor' to see what is installed and how to get what is missing.")
  }
}
