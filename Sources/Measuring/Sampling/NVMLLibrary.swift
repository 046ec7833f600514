// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CNVML
internal import NativeLibraries

/// NVIDIA's management library, opened when it is there. It is shut down when the last reference goes.
final class NVMLLibrary: Sendable {
  /// The name under which NVIDIA's driver installs it.
  static let fileName = "libnvidia-ml.so.1"

  private let library: DynamicLibrary
  private let shutdown: GalleyNVMLCall
  private let errorText: GalleyNVMLErrorText?

  /// Opens the library and starts it.
  /// - Throws: `UnreadableFile` with the reason: there is no library, no driver, or not this library.
  init(_ path: String) throws(UnreadableFile) {
    let library: DynamicLibrary
    do throws(NativeLibraryError) {
      library = try DynamicLibrary.open(path)
    } catch {
      throw UnreadableFile(reason: "\(path): \(error.reason)")
    }
    self.library = library
    guard let start = library.optionalSymbol("nvmlInit_v2"), let stop = library.optionalSymbol("nvmlShutdown") else {
      throw UnreadableFile(reason: "\(path) has no nvmlInit_v2: it is another library")
    }
    // The symbols have these types in NVIDIA's reference.
    shutdown = unsafeBitCast(stop, to: GalleyNVMLCall.self)
    errorText = library.optionalSymbol("nvmlErrorString").map { unsafeBitCast($0, to: GalleyNVMLErrorText.self) }
    let result = unsafeBitCast(start, to: GalleyNVMLCall.self)()
    guard result == 0 else { throw UnreadableFile(reason: "\(path): nvmlInit_v2: \(Self.words(result, errorText))") }
  }

  deinit { _ = shutdown() }

  /// A function of the library; `nil` if this version lacks it.
  func function<Function>(_ name: String, as type: Function.Type) -> Function? {
    library.optionalSymbol(name).map { unsafeBitCast($0, to: type) }
  }

  /// A failure in the library's words.
  func words(_ result: GalleyNVMLResult) -> String { Self.words(result, errorText) }

  private static func words(_ result: GalleyNVMLResult, _ text: GalleyNVMLErrorText?) -> String {
    text?(result).map { String(cString: $0) } ?? "error \(result)"
  }

  /// The driver's version.
  var driverVersion: String? {
    guard let call = function("nvmlSystemGetDriverVersion", as: GalleyNVMLText.self) else { return nil }
    return Self.text { call($0, $1) }
  }

  /// The GPUs that the library shows.
  var devices: [NVMLDevice] {
    guard let count = function("nvmlDeviceGetCount_v2", as: GalleyNVMLCount.self),
      let handle = function("nvmlDeviceGetHandleByIndex_v2", as: GalleyNVMLHandle.self)
    else { return [] }
    var number: UInt32 = 0
    guard count(&number) == 0 else { return [] }
    return (0..<min(number, 256)).compactMap { index in
      var device: GalleyNVMLDevice?
      guard handle(index, &device) == 0, let device else { return nil }
      return NVMLDevice(library: self, index: Int(index), handle: device)
    }
  }

  static func text(_ call: (UnsafeMutablePointer<CChar>?, UInt32) -> GalleyNVMLResult) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(GALLEY_NVML_NAME_LENGTH)) { buffer in
      buffer.initialize(repeating: 0)
      guard call(buffer.baseAddress, UInt32(buffer.count)) == 0 else { return nil }
      return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }
}

/// One GPU.
struct NVMLDevice {
  let library: NVMLLibrary
  let index: Int
  let handle: GalleyNVMLDevice

  /// Its name, such as `NVIDIA H100 PCIe`.
  var name: String? { text("nvmlDeviceGetName") }
  /// What tells it from all other GPUs.
  var identifier: String? { text("nvmlDeviceGetUUID") }

  /// Bytes of its memory, all and in use.
  var memory: GalleyNVMLMemory? {
    guard let call = library.function("nvmlDeviceGetMemoryInfo", as: GalleyNVMLDeviceMemory.self) else { return nil }
    var memory = GalleyNVMLMemory()
    return call(handle, &memory) == 0 ? memory : nil
  }

  private func text(_ function: String) -> String? {
    guard let call = library.function(function, as: GalleyNVMLDeviceText.self) else { return nil }
    return NVMLLibrary.text { call(handle, $0, $1) }
  }
}
