// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Images
import Tensors
import Testing

@Suite("Preprocessing with a size and colours")
struct FittingTests {
  private func image(_ width: Int, _ height: Int, _ format: PixelFormat = .rgb) throws -> Image {
    let bytes = (0..<width * height * format.channels).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 13) }
    return try Image(width: width, height: height, format: format, bytes: bytes)
  }

  private func output(_ transform: PixelTransform, _ image: Image) throws -> [Float] {
    var values = [Float](repeating: -1, count: transform.outputCount)
    try values.withUnsafeMutableBufferPointer { try transform.apply(image, into: $0) }
    return values
  }

  @Test func `reads JSON of the time before there was a size, and writes the same`() throws {
    let old = #"{"deviation":[2],"layout":"nhwc","mean":[1],"scale":0.5}"#
    let preprocessing = try JSONDecoder().decode(Preprocessing.self, from: Data(old.utf8))
    #expect(preprocessing == Preprocessing(layout: .nhwc, scale: 0.5, mean: [1], deviation: [2]))
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(String(decoding: try encoder.encode(preprocessing), as: UTF8.self) == old)
  }

  @Test func `a full description survives JSON`() throws {
    let fit = ImageFit(
      size: Images.PixelSize(width: 9, height: 7), rule: .contain, kernel: .bicubic, antialias: false,
      padding: [1, 2, 3])
    let preprocessing = Preprocessing(layout: .nhwc, scale: 2, mean: [1, 2, 3], deviation: [4], fit: fit, colors: .bgr)
    #expect(
      try JSONDecoder().decode(Preprocessing.self, from: JSONEncoder().encode(preprocessing)) == preprocessing)
    let short = #"{"layout":"nchw","scale":1,"mean":[0],"deviation":[1],"fit":{"size":{"width":3,"height":4}}}"#
    #expect(
      try JSONDecoder().decode(Preprocessing.self, from: Data(short.utf8))
        == Preprocessing(scale: 1, fit: ImageFit(size: Images.PixelSize(width: 3, height: 4))))
  }

  @Test(arguments: ImageFit.Rule.allCases, [Preprocessing.Layout.nchw, .nhwc])
  func `images of any size become inputs of one size`(rule: ImageFit.Rule, layout: Preprocessing.Layout) throws {
    let fit = ImageFit(size: Images.PixelSize(width: 12, height: 10), rule: rule)
    let preprocessing = Preprocessing(layout: layout, scale: 0.5, mean: [1, 2, 3], deviation: [2, 4, 8], fit: fit)
    let transform = try PixelTransform(preprocessing, channels: 3)
    for (width, height) in [(40, 31), (5, 9), (12, 10), (100, 3)] {
      let source = try image(width, height)
      let fitted = try source.fitted(fit)
      #expect((fitted.width, fitted.height) == (12, 10))
      let plain = Preprocessing(layout: layout, scale: 0.5, mean: [1, 2, 3], deviation: [2, 4, 8])
      let expected = try plain.apply(to: Tensor(fitted.bytes, shape: [1, 10, 12, 3])).values(as: Float.self)
      #expect(try output(transform, source) == expected)
      let items = try preprocessing.apply(to: Tensor(source.bytes, shape: [1, height, width, 3]))
      #expect(try items.values(as: Float.self) == expected)
      #expect(items.shape == (layout == .nchw ? [1, 3, 10, 12] : [1, 10, 12, 3]))
    }
  }

  @Test func `colours are put into the model's order`() throws {
    let item = try Tensor([10, 20, 30, 40, 50, 60] as [UInt8], shape: [1, 1, 2, 3])
    func values(_ colors: Preprocessing.Colors) throws -> [Float] {
      try Preprocessing(layout: .nhwc, scale: 1, colors: colors).apply(to: item).values(as: Float.self)
    }
    #expect(try values(.rgb) == [10, 20, 30, 40, 50, 60])
    #expect(try values(.bgr) == [30, 20, 10, 60, 50, 40])
    #expect(try values(.gray) == [18, 48])
    let gray = try Tensor([7, 9] as [UInt8], shape: [1, 1, 2, 1])
    #expect(
      try Preprocessing(layout: .nhwc, scale: 1, colors: .rgb).apply(to: gray).values(as: Float.self)
        == [7, 7, 7, 9, 9, 9])
  }

  @Test func `refuses what can't be resized`() throws {
    let fit = ImageFit(size: Images.PixelSize(width: 2, height: 2))
    let floats = try Tensor([Float](repeating: 0, count: 12), shape: [1, 2, 2, 3])
    #expect(throws: GalleyError.self) { try Preprocessing(scale: 1, fit: fit).apply(to: floats) }
    #expect(throws: GalleyError.self) { try PixelTransform(Preprocessing(scale: 1), channels: 3) }
    let bad = ImageFit(size: Images.PixelSize(width: 0, height: 2))
    let bytes = try Tensor([UInt8](repeating: 0, count: 12), shape: [1, 2, 2, 3])
    #expect(throws: GalleyError.self) { try Preprocessing(scale: 1, fit: bad).apply(to: bytes) }
  }
}
