// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CVips
internal import Glibc
internal import NativeLibraries
internal import Synchronization

/// libvips, opened when the first image is decoded or encoded. It decodes and encodes; nothing else is asked of it.
///
/// Its operation cache is off, because the bytes that an operation was given live only as long as the call, and each
/// operation works on the thread that asks for it: who decodes many images gives each thread its own.
final class VipsLibrary: Sendable {
  typealias Pointer = UnsafeMutableRawPointer

  // Addresses of functions that never change and may be called from any thread.
  nonisolated(unsafe) private let loaders: [ImageFileFormat: Pointer]
  nonisolated(unsafe) let copy: Pointer
  nonisolated(unsafe) let savers: [ImageFileFormat: Pointer]
  let width: @convention(c) @Sendable (Pointer) -> CInt
  let height: @convention(c) @Sendable (Pointer) -> CInt
  let bands: @convention(c) @Sendable (Pointer) -> CInt
  let format: @convention(c) @Sendable (Pointer) -> CInt
  let interpretation: @convention(c) @Sendable (Pointer) -> CInt
  let fieldType: @convention(c) @Sendable (Pointer, UnsafePointer<CChar>) -> UInt
  let number: @convention(c) @Sendable (Pointer, UnsafePointer<CChar>, UnsafeMutablePointer<CInt>) -> CInt
  let makeRegion: @convention(c) @Sendable (Pointer) -> Pointer?
  let fetch:
    @convention(c) @Sendable (Pointer, CInt, CInt, CInt, CInt, UnsafeMutablePointer<Int>) -> UnsafeMutablePointer<
      UInt8
    >?
  let wrap: @convention(c) @Sendable (UnsafeRawPointer, Int, CInt, CInt, CInt, CInt) -> Pointer?
  let release: @convention(c) @Sendable (Pointer) -> Void
  let free: @convention(c) @Sendable (Pointer?) -> Void
  private let shutDownThread: @convention(c) @Sendable () -> Void
  private let takeWords: @convention(c) @Sendable () -> UnsafeMutablePointer<CChar>?
  private let clearWords: @convention(c) @Sendable () -> Void
  /// The version, such as 8.14.1.
  let version: String
  /// Where the library lies.
  let path: String

  /// The library of this process, or why there is none.
  static let shared: Result<VipsLibrary, ImageError> = open()

  private static let isOpen = Atomic(false)

  /// Gives back what libvips keeps for the calling thread, which ends; nothing if the library was never used.
  static func leaveThread() {
    guard isOpen.load(ordering: .acquiring), case .success(let library) = shared else { return }
    library.shutDownThread()
  }

  private static func open() -> Result<VipsLibrary, ImageError> {
    let library = Result { () throws(ImageError) in
      do throws(NativeLibraryError) {
        let located = try NativeLibraryLocator().locate(.vips)
        return SymbolTable(library: try DynamicLibrary.open(located), located: located)
      } catch {
        throw unavailable(error.reason)
      }
    }
    .flatMap { table in Result { () throws(ImageError) in try VipsLibrary(table) } }
    isOpen.store(true, ordering: .releasing)
    return library
  }

  private static func unavailable(_ reason: String) -> ImageError {
    ImageError(
      .unavailable, "libvips, which decodes and encodes images, can't be used: \(reason)",
      remedy:
        "Install it: 'apt-get install libvips42', or run Native/system-packages.sh; galley doctor shows where it is "
        + "looked for.")
  }

  private struct SymbolTable {
    let library: DynamicLibrary
    let located: LocatedLibrary

    func address(_ name: String) throws(ImageError) -> Pointer {
      guard let address = library.optionalSymbol(name) else {
        throw VipsLibrary.unavailable("it has no symbol '\(name)'")
      }
      return address
    }

    func function<Function>(_ name: String, as type: Function.Type = Function.self) throws(ImageError) -> Function {
      unsafeBitCast(try address(name), to: Function.self)
    }

    func functions(_ names: [ImageFileFormat: String]) throws(ImageError) -> [ImageFileFormat: Pointer] {
      var addresses: [ImageFileFormat: Pointer] = [:]
      for (format, name) in names { addresses[format] = try address(name) }
      return addresses
    }
  }

  private init(_ table: SymbolTable) throws(ImageError) {
    loaders = try table.functions([
      .jpeg: "vips_jpegload_buffer", .png: "vips_pngload_buffer", .webp: "vips_webpload_buffer",
      .tiff: "vips_tiffload_buffer",
    ])
    savers = try table.functions([
      .jpeg: "vips_jpegsave_buffer", .png: "vips_pngsave_buffer", .webp: "vips_webpsave_buffer",
    ])
    copy = try table.address("vips_copy")
    width = try table.function("vips_image_get_width")
    height = try table.function("vips_image_get_height")
    bands = try table.function("vips_image_get_bands")
    format = try table.function("vips_image_get_format")
    interpretation = try table.function("vips_image_get_interpretation")
    fieldType = try table.function("vips_image_get_typeof")
    number = try table.function("vips_image_get_int")
    makeRegion = try table.function("vips_region_new")
    fetch = try table.function("vips_region_fetch")
    wrap = try table.function("vips_image_new_from_memory")
    release = try table.function("g_object_unref")
    free = try table.function("g_free")
    shutDownThread = try table.function("vips_thread_shutdown")
    takeWords = try table.function("vips_error_buffer_copy")
    clearWords = try table.function("vips_error_clear")
    version = try Self.start(table)
    path = table.library.resolvedPath
  }

  private static func start(_ table: SymbolTable) throws(ImageError) -> String {
    let start: @convention(c) (UnsafePointer<CChar>) -> CInt = try table.function("vips_init")
    guard start(programName(table.located)) == 0 else { throw unavailable("it does not start") }
    let words: @convention(c) (CInt) -> CInt = try table.function("vips_version")
    let version = (0..<3).map { words($0) }
    guard (version[0], version[1]) >= (8, 12) else {
      throw unavailable("it is version \(version[0]).\(version[1]), and 8.12 or later is needed")
    }
    let setCache: @convention(c) (CInt) -> Void = try table.function("vips_cache_set_max")
    setCache(0)
    let setThreads: @convention(c) (CInt) -> Void = try table.function("vips_concurrency_set")
    setThreads(1)
    let silence = try table.address("g_log_set_handler")
    for domain in ["VIPS", "GLib", "GLib-GObject"] { galley_vips_silence(silence, domain) }
    return version.map(String.init).joined(separator: ".")
  }

  /// What libvips is told the program is called. It looks for its modules below the folder that the program's `bin`
  /// lies in, so one that came in a folder of its own looks there, and not where the system's modules lie, which are of
  /// another build.
  private static func programName(_ located: LocatedLibrary) -> String {
    let parts = located.path.split(separator: "/")
    guard located.origin != .system, located.path.hasPrefix("/"), parts.count >= 2 else { return "galley" }
    return "/" + (parts.dropLast(2) + ["bin", "galley"]).joined(separator: "/")
  }

  func loader(for format: ImageFileFormat) -> Pointer? { loaders[format] }

  /// The library's words for what failed last, in one line; it keeps one text for all threads.
  func words() -> String {
    guard let words = takeWords() else { return "no reason is given" }
    defer { free(words) }
    let lines = String(cString: words).split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
    return lines.isEmpty ? "no reason is given" : lines.map(String.init).joined(separator: "; ")
  }

  func forgetWords() { clearWords() }
}
