// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import NativeLibraries
internal import Synchronization

/// The opened library and its functions.
///
/// `@unchecked Sendable`: nothing changes after `init`, and LiteRT's functions may be called from any thread.
final class LiteRTLibrary: RuntimeLibrary, @unchecked Sendable {
  static let native = NativeLibrary.liteRT

  let api: UnsafePointer<LiteRtApi>
  let path: String
  /// The version that was installed; LiteRT itself doesn't tell one.
  let version: String

  /// The library stays open until the process ends, so a failure isn't kept: it may be installed meanwhile.
  private static let opened = Mutex<LiteRTLibrary?>(nil)
  private static let compiling = Mutex<Void>(())

  /// Runs `body` while nobody else does: LiteRT promises nothing for reading and compiling models on several threads.
  static func alone<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    try compiling.withLock { (_: inout Void) throws(Failure) in Passed(value: try body()) }.value
  }

  /// What leaves the lock; it belongs to the caller alone.
  private struct Passed<Value>: @unchecked Sendable { let value: Value }

  /// The library, opened when first asked for.
  static func shared() throws(GalleyError) -> LiteRTLibrary {
    try opened.withLock { (opened: inout LiteRTLibrary?) throws(GalleyError) in
      if let opened { return opened }
      let library = try located { (place) throws(NativeLibraryError) in
        try LiteRTLibrary(DynamicLibrary.open(place), version: place.version ?? "of unknown version")
      }
      opened = library
      return library
    }
  }

  private init(_ library: DynamicLibrary, version: String) throws(NativeLibraryError) {
    path = library.path
    self.version = version
    let table = UnsafeMutablePointer<LiteRtApi>.allocate(capacity: 1)
    let missing = galley_litert_fill(
      table, { context, name in context.flatMap { DynamicLibrary.lookUp(name, in: $0) } },
      Unmanaged.passUnretained(library).toOpaque())
    api = UnsafePointer(table)
    if let missing {
      table.deallocate()
      _ = try library.symbol(String(cString: missing))
    }
    accelerator = library.optionalSymbol("LiteRtStaticLinkedAcceleratorCpuDef")
      .flatMap { $0.load(as: UnsafePointer<LiteRtAcceleratorDef>?.self) }
  }

  /// How the library describes its accelerator for the processor, XNNPACK; nil if it doesn't.
  let accelerator: UnsafePointer<LiteRtAcceleratorDef>?

  /// Throws what `status` means, if it is no success.
  /// - Parameter words: what LiteRT wrote about it.
  func check(
    _ status: CInt, _ deed: @autoclosure () -> String, at place: String? = nil, _ words: @autoclosure () -> String = ""
  ) throws(GalleyError) {
    guard status != 0 else { return }
    throw failure(status, deed(), at: place, words())
  }

  /// What `status` means.
  func failure(_ status: CInt, _ deed: String, at place: String?, _ words: String) -> GalleyError {
    let meaning = LiteRTStatus(rawValue: status)
    return GalleyError(
      meaning.exitCode, "can't \(deed)", at: place,
      why: "LiteRT says: \(words.isEmpty ? "" : words + "; ")\(meaning.description)")
  }
}

extension DynamicLibrary {
  /// The address of a symbol in the library to which `context` points.
  fileprivate static func lookUp(
    _ name: UnsafePointer<CChar>, in context: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer? {
    Unmanaged<DynamicLibrary>.fromOpaque(context).takeUnretainedValue().optionalSymbol(String(cString: name))
  }
}
