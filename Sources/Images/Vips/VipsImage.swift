// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CVips

/// libvips gave up; its words are fetched by whoever knows that nobody else is failing.
struct VipsFailure: Error {}

/// An image whose head libvips has read. Its rows are decoded when they are asked for, from top to bottom, on the thread
/// that asks.
final class VipsImage {
  private let library: VipsLibrary
  private let image: VipsLibrary.Pointer
  let width: Int
  let height: Int
  let bands: Int
  let sampleType: Int
  let interpretation: Int

  /// - Parameter bytes: must live as long as the image.
  init(
    _ library: VipsLibrary, _ loader: VipsLibrary.Pointer, _ bytes: UnsafeRawBufferPointer, failOn: Int, shrink: Int
  ) throws(VipsFailure) {
    guard let start = bytes.baseAddress else { throw VipsFailure() }
    var image: VipsLibrary.Pointer?
    let code = galley_vips_load(loader, start, bytes.count, CInt(failOn), CInt(shrink), &image)
    guard code == 0, let image else { throw VipsFailure() }
    self.library = library
    self.image = image
    width = Int(library.width(image))
    height = Int(library.height(image))
    bands = Int(library.bands(image))
    sampleType = Int(library.format(image))
    interpretation = Int(library.interpretation(image))
  }

  deinit { library.release(image) }

  /// A whole number that the file carries, or nil.
  func number(_ name: String) -> Int? {
    guard library.fieldType(image, name) != 0 else { return nil }
    var value: CInt = 0
    guard library.number(image, name, &value) == 0 else {
      library.forgetWords()
      return nil
    }
    return Int(value)
  }

  /// Rows that are decoded at a time: what libvips' own loaders read at once.
  static let stripHeight = 8

  /// Decodes all rows.
  /// - Parameter take: gets the bytes of some rows and the number of the first.
  func forEachStrip(_ take: (UnsafePointer<UInt8>, _ first: Int, _ count: Int) -> Void) throws(VipsFailure) {
    guard let region = library.makeRegion(image) else { throw VipsFailure() }
    defer { library.release(region) }
    let needed = width * bands * (sampleType == GALLEY_VIPS_USHORT ? 2 : 1)
    for first in stride(from: 0, to: height, by: Self.stripHeight) {
      let count = min(Self.stripHeight, height - first)
      var size = 0
      guard let strip = library.fetch(region, 0, CInt(first), CInt(width), CInt(count), &size) else {
        throw VipsFailure()
      }
      defer { library.free(strip) }
      guard size == needed * count else { throw VipsFailure() }
      take(strip, first, count)
    }
  }
}
