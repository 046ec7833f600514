// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A library that was loaded into this process. It stays loaded until the process ends: code and data that it handed
/// out may be in use anywhere.
public final class DynamicLibrary: Sendable {
  /// The path that it was opened with.
  public let path: String
  // An address that never changes; dlsym may be called with it from any thread.
  nonisolated(unsafe) private let handle: UnsafeMutableRawPointer

  private init(path: String, handle: UnsafeMutableRawPointer) {
    self.path = path
    self.handle = handle
  }

  /// Loads the library at `path`, with all its symbols resolved now and visible to nobody else.
  /// - Parameter path: a path, or a bare file name for which the dynamic linker searches.
  /// - Throws: `NativeLibraryError`: `notFound` if there is no such file, `notLoadable` with the dynamic linker's words
  ///   if it refuses the file.
  public static func open(_ path: String) throws(NativeLibraryError) -> DynamicLibrary {
    if path.contains("/"), access(path, F_OK) != 0 {
      throw NativeLibraryError(
        .notFound, failure: "The library was not found", path: path, reason: String(cString: strerror(errno)),
        advice: "give the path of a library, or run 'make setup' to install the pinned ones")
    }
    _ = dlerror()
    guard let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
      throw NativeLibraryError(
        .notLoadable, failure: "The library can't be loaded", path: path, reason: linkerWords(),
        advice: "check that it was built for this processor and system, or run 'make setup' to install the pinned one")
    }
    return DynamicLibrary(path: path, handle: handle)
  }

  /// Loads a library that was located, after what must be open before it.
  /// - Throws: as `open(_:)` for a path.
  public static func open(_ located: LocatedLibrary) throws(NativeLibraryError) -> DynamicLibrary {
    for path in located.preload where !isOpen(fileNameOf: path) { _ = try open(path) }
    return try open(located.path)
  }

  /// Whether a library of this file name is in the process already. The dynamic linker would load a second one by its
  /// path, and two copies of one library disagree about what they keep.
  private static func isOpen(fileNameOf path: String) -> Bool {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD) != nil
  }

  /// The address of a symbol, to be cast to the function's C type by the caller.
  /// - Throws: `NativeLibraryError.Code.symbolMissing`.
  public func symbol(_ name: String) throws(NativeLibraryError) -> UnsafeMutableRawPointer {
    if let address = optionalSymbol(name) { return address }
    throw NativeLibraryError(
      .symbolMissing, failure: "The library can't be used", path: path, reason: "it has no symbol '\(name)'",
      advice: "it is another library or another version than Galley expects; run 'make setup' to install the pinned one"
    )
  }

  /// The address of a symbol that only some versions of the library have; nil if this one doesn't.
  public func optionalSymbol(_ name: String) -> UnsafeMutableRawPointer? {
    dlsym(handle, name)
  }

  /// Where the dynamic linker found the library; `path` if it doesn't say.
  public var resolvedPath: String {
    var map: UnsafeRawPointer?
    guard let call = dlsym(nil, "dlinfo") else { return path }
    // The symbol has this type in <dlfcn.h>; a C function can only be taken from its address so.
    let dlinfo = unsafeBitCast(call, to: LinkerQuestion.self)
    guard dlinfo(handle, Self.linkMapQuestion, &map) == 0, let map else { return path }
    // struct link_map { ElfW(Addr) l_addr; char *l_name; … } in <link.h>, part of the linker's public interface.
    let name = map.load(fromByteOffset: MemoryLayout<UInt>.stride, as: UnsafePointer<CChar>?.self)
    guard let name, name.pointee != 0 else { return path }
    return String(cString: name)
  }

  // <dlfcn.h> declares dlinfo only for _GNU_SOURCE, which the Glibc module doesn't define.
  private typealias LinkerQuestion =
    @convention(c) (
      UnsafeMutableRawPointer, CInt, UnsafeMutablePointer<UnsafeRawPointer?>
    ) -> CInt
  private static let linkMapQuestion: CInt = 2  // RTLD_DI_LINKMAP

  private static func linkerWords() -> String {
    guard let words = dlerror() else { return "the dynamic linker gives no reason" }
    return String(cString: words)
  }
}
