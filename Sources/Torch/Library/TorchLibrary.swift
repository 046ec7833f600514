// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
public import NativeLibraries

/// LibTorch, opened through the shim library.
///
/// Opening loads some 450 MB; a program opens it once and keeps it. It stays loaded until the process ends.
public final class TorchLibrary: Sendable {
  /// The file that was opened.
  public let path: String
  /// LibTorch's version, such as "2.13.0".
  public let version: String
  let api: galley_torch_api

  /// Finds the shim library and opens it, and LibTorch with it.
  /// - Throws: `NativeLibraryError` if the library is missing or can't be loaded, `TorchError` if it is of another
  ///   version than this program.
  public static func open(_ locator: NativeLibraryLocator = NativeLibraryLocator()) throws -> TorchLibrary {
    let shim = NativeLibrary.galleyTorch.ofVersion("\(GALLEY_TORCH_ABI_VERSION)")
    return try TorchLibrary(DynamicLibrary.open(locator.locate(shim)))
  }

  /// Uses a shim library that is loaded.
  /// - Throws: `TorchError` if it is no shim library, or of another version than this program.
  public init(_ library: DynamicLibrary) throws(TorchError) {
    path = library.resolvedPath
    guard let entryPoint = library.optionalSymbol(GALLEY_TORCH_ENTRY_POINT) else {
      throw .wrongABI(path, because: "it has no symbol '\(GALLEY_TORCH_ENTRY_POINT)'")
    }
    let table = UnsafeMutablePointer<galley_torch_api>.allocate(capacity: 1)
    defer { table.deallocate() }
    guard galley_torch_copy_api(entryPoint, table) == GALLEY_TORCH_OK else {
      throw .wrongABI(path, because: "it doesn't offer version \(GALLEY_TORCH_ABI_VERSION) of the contract in full")
    }
    api = table.pointee
    version = String(cString: api.version())
  }
}

extension TorchLibrary {
  /// Threads that one operation may use.
  /// - Throws: `TorchError` if the number is below 1.
  public func setThreadCount(_ count: Int) throws(TorchError) {
    try check(api.set_thread_count(Int32(clamping: count)), "setting the number of threads")
  }

  /// Threads that one operation may use.
  public var threadCount: Int {
    get throws(TorchError) {
      var count: Int32 = 0
      try check(api.thread_count(&count), "reading the number of threads")
      return Int(count)
    }
  }

  /// Says what happens to operations that have no deterministic implementation.
  public func setDeterministic(_ determinism: Determinism) throws(TorchError) {
    try check(api.set_determinism(determinism.torch), "choosing deterministic algorithms")
  }

  /// What happens to operations that have no deterministic implementation.
  public var determinism: Determinism {
    get throws(TorchError) {
      var mode: galley_torch_determinism = 0
      try check(api.determinism(&mode), "reading whether algorithms are deterministic")
      return Determinism(torch: mode)
    }
  }

  /// Tensor handles that exist at the moment in this process; for tests of leaks.
  public var liveTensorCount: Int {
    get throws(TorchError) {
      var count: Int64 = 0
      try check(api.live_tensor_count(&count), "counting tensors")
      return Int(count)
    }
  }

  /// Whether operations on this thread are recorded for gradients.
  public var recordsGradients: Bool {
    get throws(TorchError) {
      var records: Int32 = 0
      try check(api.records_gradients(&records), "reading whether gradients are recorded")
      return records != 0
    }
  }

  /// Runs `body` on this thread without recording operations for gradients, PyTorch's `no_grad`.
  ///
  /// - Throws: `TorchError` if LibTorch refuses, and what `body` throws.
  public func withoutGradients<Result>(_ body: () throws -> Result) throws -> Result {
    let before = try recordsGradients
    try check(api.set_records_gradients(0), "switching the recording of gradients off")
    // Only memory could make this fail, and then the body's own result matters more.
    defer { _ = api.set_records_gradients(before ? 1 : 0) }
    return try body()
  }
}

extension TorchLibrary {
  /// Turns a status into an error with the library's own words.
  func check(_ status: galley_torch_status, _ operation: String) throws(TorchError) {
    guard status != galley_torch_status(GALLEY_TORCH_OK) else { return }
    throw failure(status, operation)
  }

  /// Runs `body`, which writes a tensor handle, and takes the handle over.
  func make(
    _ operation: String, _ body: (UnsafeMutablePointer<OpaquePointer?>) -> galley_torch_status
  ) throws(TorchError) -> TorchTensor {
    var handle: OpaquePointer?
    try check(body(&handle), operation)
    guard let handle else {
      throw TorchError(
        .operationFailed, "\(operation) failed", because: "the library gave no tensor", remedy: "report this mistake")
    }
    return TorchTensor(taking: handle, of: self)
  }

  private func failure(_ status: galley_torch_status, _ operation: String) -> TorchError {
    let words = Self.firstLines(String(cString: api.last_message()))
    switch Int(status) {
    case Int(GALLEY_TORCH_INVALID_ARGUMENT):
      return TorchError(.invalidArgument, "\(operation) failed", because: words, remedy: "check the values given")
    case Int(GALLEY_TORCH_OUT_OF_MEMORY):
      return TorchError(
        .outOfMemory, "\(operation) failed", because: words, remedy: "use smaller batches or a smaller model")
    default:
      return TorchError(
        .operationFailed, "\(operation) failed", because: words,
        remedy: "check the shapes and element types of its inputs")
    }
  }

  /// LibTorch appends the place in its own source, which helps nobody here.
  private static func firstLines(_ message: String) -> String {
    let lines = message.split(separator: "\n").prefix { !$0.hasPrefix("Exception raised from") }
    return lines.prefix(4).joined(separator: " ")
  }
}

extension TorchError {
  static func wrongABI(_ path: String, because reason: String) -> TorchError {
    TorchError(
      .wrongABI, "\(path) does not fit this program", because: reason,
      remedy: "run 'make setup' to build it again")
  }
}
