// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
internal import Synchronization
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
    try TorchLibrary(DynamicLibrary.open(locator.locate(.galleyTorch)))
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

  /// Makes operations that have no deterministic implementation fail instead of running.
  public func setDeterministic(_ isDeterministic: Bool) throws(TorchError) {
    try check(api.set_deterministic(isDeterministic ? 1 : 0), "choosing deterministic algorithms")
  }

  /// Seeds the generator that initialisation and dropout draw from, as `torch.manual_seed` does. Other threads may draw
  /// from it too: use ``withSeed(_:_:)`` for results that can be repeated.
  public func manualSeed(_ seed: UInt64) throws(TorchError) {
    try check(api.manual_seed(seed), "seeding the generator")
  }

  /// Runs `body` with the generator freshly seeded and used by nobody else, so that what it draws depends on the seed
  /// alone.
  ///
  /// LibTorch has one generator for all threads. Others who call this wait until `body` returns; so `body` must not call
  /// it again.
  /// - Throws: `TorchError` if LibTorch refuses, and what `body` throws.
  public func withSeed<Result>(_ seed: UInt64, _ body: () throws -> Result) throws -> Result {
    // The result is kept outside the lock's closure, because that may only return what other threads may have.
    var result: Swift.Result<Result, any Error>?
    try Self.generatorUse.withLock { _ in
      try manualSeed(seed)
      result = Swift.Result { try body() }
    }
    guard let result else { throw TorchError.noTensor }
    return try result.get()
  }

  // One for the process, as the generator is: a program may hold the library twice.
  private static let generatorUse = Mutex<Void>(())

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
