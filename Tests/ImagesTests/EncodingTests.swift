// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Images
import Testing

@Suite struct EncodingTests {
  private func image(_ format: PixelFormat, _ depth: SampleDepth = .eight) throws -> Image {
    let count = 31 * 17 * format.channels * depth.byteCount
    let bytes = (0..<count).map { (index: Int) -> UInt8 in
      let step: Int = index / 9 + index % 5
      return UInt8(40 + step % 200)
    }
    return try Image(width: 31, height: 17, format: format, depth: depth, bytes: bytes)
  }

  @Test(arguments: PixelFormat.allCases, SampleDepth.allCases)
  func `PNG gives back every sample`(format: PixelFormat, depth: SampleDepth) throws {
    let image = try image(format, depth)
    let options = DecodingOptions(keepsSixteenBits: true)
    #expect(try Image(decoding: image.encoded(as: .png(level: 3)), options: options) == image)
  }

  @Test func `lossless WebP gives back every sample, lossy formats come near`() throws {
    for format in [PixelFormat.rgb, .rgba] {
      let image = try image(format)
      #expect(try Image(decoding: image.encoded(as: .webp(lossless: true))) == image)
    }
    let image = try image(.rgb)
    for encoding in [ImageEncoding.jpeg(quality: 95), .webp(quality: 95)] {
      let distance = Distance(try Image(decoding: image.encoded(as: encoding)), image.samples)
      #expect(distance.mean < 4 && distance.count == image.bytes.count, "\(encoding): \(distance)")
    }
  }

  @Test func `refuses what a format can't hold`() throws {
    for (image, encoding) in [
      (try image(.rgba), ImageEncoding.jpeg()), (try image(.rgb, .sixteen), .webp()),
      (try image(.rgb), .jpeg(quality: 0)),
      (try image(.rgb), .png(level: 10)),
    ] {
      #expect(throws: ImageError.self) { try image.encoded(as: encoding) }
    }
  }

  @Test func `a file appears whole and is read back; a folder that is missing is named`() throws {
    let folder = try TemporaryFolder()
    let image = try image(.gray)
    try image.write(to: folder.path("a.png"), as: .png())
    #expect(try Image(contentsOf: folder.path("a.png")) == image)
    let error = try #require(throws: ImageError.self) { try image.write(to: folder.path("none/a.png"), as: .png()) }
    #expect(error.code == .unwritable && error.place == folder.path("none/a.png"))
  }
}
