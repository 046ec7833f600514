// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CCurl

/// Sets a handle's options and remembers whether libcurl accepted them all.
final class CurlSettings {
  private let library: CurlLibrary
  private let handle: UnsafeMutableRawPointer
  private(set) var areAccepted = true

  init(_ library: CurlLibrary, _ handle: UnsafeMutableRawPointer) {
    self.library = library
    self.handle = handle
  }

  func set(_ option: Int, _ value: Int) {
    note(galley_curl_set_number(library.setopt, handle, CInt(option), value))
  }

  /// libcurl keeps a copy of the text.
  func set(_ option: Int, _ text: String) {
    note(text.withCString { galley_curl_set_pointer(library.setopt, handle, CInt(option), $0) })
  }

  /// An option that only newer versions of the library know.
  func setIfKnown(_ option: Int, _ text: String) {
    _ = text.withCString { galley_curl_set_pointer(library.setopt, handle, CInt(option), $0) }
  }

  func set(_ option: Int, _ pointer: UnsafeMutableRawPointer?) {
    note(galley_curl_set_pointer(library.setopt, handle, CInt(option), pointer))
  }

  func receive(_ option: Int, _ receiver: @escaping GalleyCurlReceiver) {
    note(galley_curl_set_receiver(library.setopt, handle, CInt(option), receiver))
  }

  func watch(_ watch: @escaping GalleyCurlWatch) {
    note(galley_curl_set_watch(library.setopt, handle, CInt(GALLEY_CURL_XFERINFOFUNCTION), watch))
  }

  private func note(_ code: CInt) {
    if code != CInt(GALLEY_CURL_OK) { areAccepted = false }
  }
}
