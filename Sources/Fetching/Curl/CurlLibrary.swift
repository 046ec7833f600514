// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CCurl
internal import Galley
internal import Glibc
internal import NativeLibraries

/// libcurl, opened when the first request is made.
///
/// The client in swift-corelibs-foundation is a layer over the same library. It is not used because, in Swift 6.3, it
/// undoes a body's compression whether asked or not, which breaks digests; hands over a body as fast as it arrives, which
/// holds a large file in memory when the disk is slow; and can't be given a private certificate authority on Linux.
final class CurlLibrary: Sendable {
  // Addresses of functions that never change and may be called from any thread.
  nonisolated(unsafe) let setopt: UnsafeMutableRawPointer
  nonisolated(unsafe) let getinfo: UnsafeMutableRawPointer
  private let easyInit: @convention(c) @Sendable () -> UnsafeMutableRawPointer?
  let perform: @convention(c) @Sendable (UnsafeMutableRawPointer) -> CInt
  let cleanup: @convention(c) @Sendable (UnsafeMutableRawPointer) -> Void
  private let words: @convention(c) @Sendable (CInt) -> UnsafePointer<CChar>?
  let append: @convention(c) @Sendable (UnsafeMutableRawPointer?, UnsafePointer<CChar>) -> UnsafeMutableRawPointer?
  let freeList: @convention(c) @Sendable (UnsafeMutableRawPointer?) -> Void
  private let getDate: @convention(c) @Sendable (UnsafePointer<CChar>, UnsafePointer<time_t>?) -> time_t

  /// The library of this process, or why there is none.
  static let shared: Result<CurlLibrary, GalleyError> = open()

  /// Names under which distributions install it; the second is the same interface over GnuTLS.
  private static let names = ["libcurl.so.4", "libcurl-gnutls.so.4"]

  private static func open() -> Result<CurlLibrary, GalleyError> {
    var reasons: [String] = []
    for name in names {
      do throws(NativeLibraryError) {
        return .success(try CurlLibrary(DynamicLibrary.open(name)))
      } catch {
        reasons.append("\(name): \(error.reason)")
      }
    }
    return .failure(
      GalleyError(
        .unavailable, "can't use the network", why: "libcurl can't be opened (\(reasons.joined(separator: "; ")))",
        remedy: "Install it: 'apt-get install libcurl4', or run Native/system-packages.sh."))
  }

  private init(_ library: DynamicLibrary) throws(NativeLibraryError) {
    setopt = try library.symbol("curl_easy_setopt")
    getinfo = try library.symbol("curl_easy_getinfo")
    // The symbols have these types in <curl/curl.h>; a C function can only be taken from its address so.
    easyInit = unsafeBitCast(
      try library.symbol("curl_easy_init"), to: (@convention(c) @Sendable () -> UnsafeMutableRawPointer?).self)
    perform = unsafeBitCast(
      try library.symbol("curl_easy_perform"), to: (@convention(c) @Sendable (UnsafeMutableRawPointer) -> CInt).self)
    cleanup = unsafeBitCast(
      try library.symbol("curl_easy_cleanup"), to: (@convention(c) @Sendable (UnsafeMutableRawPointer) -> Void).self)
    words = unsafeBitCast(
      try library.symbol("curl_easy_strerror"), to: (@convention(c) @Sendable (CInt) -> UnsafePointer<CChar>?).self)
    append = unsafeBitCast(
      try library.symbol("curl_slist_append"),
      to: (@convention(c) @Sendable (UnsafeMutableRawPointer?, UnsafePointer<CChar>) -> UnsafeMutableRawPointer?).self)
    freeList = unsafeBitCast(
      try library.symbol("curl_slist_free_all"), to: (@convention(c) @Sendable (UnsafeMutableRawPointer?) -> Void).self)
    getDate = unsafeBitCast(
      try library.symbol("curl_getdate"),
      to: (@convention(c) @Sendable (UnsafePointer<CChar>, UnsafePointer<time_t>?) -> time_t).self)
    let start = unsafeBitCast(
      try library.symbol("curl_global_init"), to: (@convention(c) @Sendable (CLong) -> CInt).self)
    _ = start(CLong(GALLEY_CURL_GLOBAL_ALL))
  }

  /// A new handle for one transfer, or nothing if memory is exhausted.
  func makeHandle() -> UnsafeMutableRawPointer? { easyInit() }

  /// The library's words for a result.
  func words(for code: CInt) -> String { words(code).map { String(cString: $0) } ?? "error \(code)" }

  /// A date of an HTTP header in seconds since 1970 (RFC 9110, section 5.6.7, and looser forms).
  func seconds(ofDate text: String) -> Int? {
    let seconds = getDate(text, nil)
    return seconds < 0 ? nil : seconds
  }
}
