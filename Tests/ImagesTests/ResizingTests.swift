// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Images
import Testing

@Suite struct ResizingTests {
  private struct Case: Decodable {
    var width: Int
    var height: Int
    var format: PixelFormat
    var targetWidth: Int
    var targetHeight: Int
    var kernel: ResizeKernel
    var antialias: Bool
    var bound: Int
    var peer: String
    var box: PixelBox?
    var arithmetic: ResizeArithmetic
    var depth: SampleDepth
  }

  /// Resizes every case, and prints how far each kind is from its peer.
  private func compare(_ arguments: [String]) throws {
    let folder = try TemporaryFolder()
    try Peer.run("resizing_peer.py", [folder.url.path] + arguments)
    var table: [String: Distance] = [:]
    for (index, expected) in try folder.decoded("cases.json", as: [Case].self).enumerated() {
      let image = try Image(
        width: expected.width, height: expected.height, format: expected.format, depth: expected.depth,
        bytes: try folder.bytes("\(index).in"))
      let resized = try image.resized(
        to: PixelSize(width: expected.targetWidth, height: expected.targetHeight), box: expected.box,
        kernel: expected.kernel, antialias: expected.antialias, arithmetic: expected.arithmetic)
      let bytes = try folder.bytes("\(index).out")
      let samples =
        expected.depth == .eight
        ? bytes.map(UInt16.init)
        : stride(from: 0, to: bytes.count, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
      let distance = Distance(resized, samples)
      #expect(distance.largest <= expected.bound, "\(expected): \(distance)")
      table["\(expected.peer), \(expected.kernel): bound \(expected.bound)", default: Distance()].merge(distance)
    }
    for (kind, distance) in table.sorted(by: { $0.key < $1.key }) { print("  \(kind); \(distance)") }
  }

  @Test(.enabled(if: Peer.hasPillow, "\(Peer.absence)"))
  func `antialiased and nearest results equal Pillow's to the bit`() throws { try compare([]) }

  @Test(.enabled(if: Peer.hasTorchvision, "\(Peer.absence)"))
  func `results with PyTorch's arithmetic equal torchvision's to the bit`() throws { try compare(["torchvision"]) }

  @Test func `an image of one colour keeps it`() throws {
    let image = try Image(width: 37, height: 21, format: .rgb, color: [3, 200, 255])
    for kernel in ResizeKernel.allCases {
      for antialias in [true, false] {
        let resized = try image.resized(to: PixelSize(width: 11, height: 50), kernel: kernel, antialias: antialias)
        #expect(resized == (try Image(width: 11, height: 50, format: .rgb, color: [3, 200, 255])))
      }
    }
  }

  @Test(arguments: [(40, 30), (30, 41), (3, 700), (700, 3), (1, 4000)], [SampleDepth.eight, .sixteen])
  func `the nearest pixels of what is kept are those of the whole`(side: (Int, Int), depth: SampleDepth) throws {
    let bytes = (0..<side.0 * side.1 * 3 * depth.byteCount).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ $0 >> 8) }
    let image = try Image(width: side.0, height: side.1, format: .rgb, depth: depth, bytes: bytes)
    let fit = ImageFit(
      size: PixelSize(width: 20, height: 16), rule: .cover, kernel: .nearest, crop: PixelSize(width: 14, height: 15))
    let placement = try fit.placement(of: PixelSize(width: side.0, height: side.1))
    let whole = try image.resized(to: placement.resized, kernel: .nearest)
    #expect(try image.fitted(fit) == whole.cropped(columns: placement.columns, rows: placement.rows))
  }

  @Test(arguments: [(0, 4), (4, 0), (-1, 4), (1 << 21, 4)])
  func `refuses impossible sizes`(width: Int, height: Int) throws {
    let image = try Image(width: 3, height: 3, format: .gray, color: [1])
    #expect(throws: ImageError.self) { try image.resized(to: PixelSize(width: width, height: height)) }
  }

  @Test func `refuses boxes outside the image`() throws {
    let image = try Image(width: 3, height: 3, format: .gray, color: [1])
    for (left, right) in [(Float(-1), Float(2)), (0, 4), (2, 2), (.nan, 3)] {
      let box = PixelBox(left: left, top: 0, right: right, bottom: 3)
      #expect(throws: ImageError.self) { try image.resized(to: PixelSize(width: 2, height: 2), box: box) }
    }
  }
}
