// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The library that decodes and encodes, as far as a person wants to know: libvips.
public struct ImageLibrary: Sendable, Hashable {
  /// Its version, such as 8.14.1.
  public let version: String
  /// Its file.
  public let path: String

  /// Opens the library, unless it is open.
  /// - Throws: `ImageError` if it can't be used.
  public static func opened() throws(ImageError) -> ImageLibrary {
    let library = try VipsLibrary.shared.get()
    return ImageLibrary(version: library.version, path: library.path)
  }
}
