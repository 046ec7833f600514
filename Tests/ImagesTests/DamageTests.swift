// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Images
import Testing

/// A generator whose numbers are the same everywhere.
struct TestGenerator: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 &+ 1 }
  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_f491_4f6c_dd1d
  }
}

/// Cut and damaged files are refused or decoded, and never end the process.
///
/// `GALLEY_FUZZ_ROUNDS` sets the number of damaged copies of each file.
@Suite struct DamageTests {
  static let fixtures = [
    "baseline.jpg", "progressive.jpg", "cmyk.jpg", "rgb.png", "palette.png", "sixteen.png", "lossless.webp",
    "lossy.webp", "plain.tif", "lzw.tif", "jpeg.tif", "rgb.bmp", "palette.bmp", "runs.bmp",
  ]
  private static let rounds = ProcessInfo.processInfo.environment["GALLEY_FUZZ_ROUNDS"].flatMap(Int.init) ?? 300

  static func fixture(_ name: String) throws -> [UInt8] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    return Array(try Data(contentsOf: folder.appending(path: name)))
  }

  /// Small limits: a damaged head may claim any size.
  private static let limits = ImageLimits(side: 2000, pixels: 1_000_000)

  private func exercise(_ bytes: [UInt8]) -> ImageError? {
    let fit = ImageFit(size: PixelSize(width: 8, height: 8))
    for damage in [DecodingOptions.Damage.refused, .tolerated] {
      let options = DecodingOptions(damage: damage, limits: Self.limits)
      _ = try? Image(decoding: bytes, fit: fit, options: options)
      guard damage == .refused else { continue }
      do throws(ImageError) {
        let image = try Image(decoding: bytes, options: options)
        #expect(image.width * image.height <= 1_000_000)
      } catch {
        return error
      }
    }
    return nil
  }

  @Test(arguments: fixtures) func `cut files are refused`(name: String) throws {
    let bytes = try Self.fixture(name)
    #expect(exercise(bytes) == nil)
    var refused = 0
    let lengths = Array(stride(from: 0, to: bytes.count - 24, by: max(1, bytes.count / 150)))
    for length in lengths where exercise(Array(bytes[..<length])) != nil { refused += 1 }
    // Only what follows the last pixel may be missing: TIFF keeps tables there, PNG its end mark.
    #expect(refused >= lengths.count * 9 / 10, "\(refused) of \(lengths.count)")
  }

  @Test(arguments: fixtures) func `damaged files end nothing`(name: String) throws {
    let original = try Self.fixture(name)
    var generator = TestGenerator(seed: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
    var refused = 0
    for _ in 0..<Self.rounds {
      var bytes = original
      for _ in 0..<Int.random(in: 1...5, using: &generator) {
        let place =
          Bool.random(using: &generator)
          ? Int.random(in: 0..<min(64, bytes.count), using: &generator)
          : bytes.indices.randomElement(using: &generator) ?? 0
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: bytes[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        default: bytes[place] = [0, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
        }
      }
      if exercise(bytes) != nil { refused += 1 }
    }
    print("  \(name): \(refused) of \(Self.rounds) damaged copies refused")
  }

  @Test func `an error names the file and gives the decoder's words`() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("cut.png")
    try Data(try Self.fixture("rgb.png").prefix(120)).write(to: URL(filePath: path))
    let error = try #require(throws: ImageError.self) { try Image(contentsOf: path) }
    #expect(error.code == .damaged && error.place == path)
    #expect(error.reason.contains("the png data can't be decoded: "))
    #expect(!error.reason.hasSuffix("no reason is given"), "\(error)")
    let missing = try #require(throws: ImageError.self) { try Image(contentsOf: folder.path("none.png")) }
    #expect(missing.code == .missing)
    let text = try #require(throws: ImageError.self) { try Image(decoding: Array("hello".utf8), name: "item 7") }
    #expect(text.code == .unknownFormat && text.place == "item 7")
  }

  @Test func `words are those of the file, whatever fails beside it`() async throws {
    let png = Array(try Self.fixture("rgb.png").prefix(120))
    let jpeg = Array(try Self.fixture("baseline.jpg").prefix(700))
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<40 {
        group.addTask {
          do throws(ImageError) {
            _ = try Image(decoding: index % 2 == 0 ? png : jpeg)
            Issue.record("a cut file was decoded")
          } catch {
            let isJPEG = error.reason.localizedCaseInsensitiveContains("jpeg")
            #expect(isJPEG == (index % 2 == 1), "\(error)")
          }
        }
      }
    }
  }

  @Test func `bombs are refused before a pixel is decoded`() throws {
    let image = try Image(width: 3000, height: 10, format: .gray, color: [0])
    let bytes = try image.encoded(as: .png())
    for limits in [ImageLimits(side: 2999), ImageLimits(pixels: 29_999)] {
      let error = try #require(throws: ImageError.self) {
        try Image(decoding: bytes, options: DecodingOptions(limits: limits))
      }
      #expect(error.code == .tooLarge)
    }
    #expect(
      try Image(decoding: bytes, options: DecodingOptions(limits: ImageLimits(side: 3000, pixels: 30_000))) == image)
  }

  @Test func `bitmap runs are Pillow's`() throws {
    let image = try Image(decoding: try Self.fixture("runs.bmp"), options: DecodingOptions(format: .rgb))
    #expect(image.bytes == (try Self.fixture("runs.raw")))
  }

  @Test func `fitting while decoding is decoding and then fitting`() throws {
    for name in Self.fixtures {
      let bytes = try Self.fixture(name)
      for rule in ImageFit.Rule.allCases {
        for (width, height) in [(13, 9), (40, 11), (5, 50)] {
          let fit = ImageFit(size: PixelSize(width: width, height: height), rule: rule, padding: [9])
          for format in [PixelFormat.rgb, .gray, .rgba] {
            let options = DecodingOptions(format: format)
            #expect(
              try Image(decoding: bytes, fit: fit, options: options)
                == Image(decoding: bytes, options: options).fitted(fit), "\(name) \(fit)")
          }
        }
      }
    }
  }
}
