// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Images
import Testing

/// Every kind of file beside Pillow. Each case states its bound; the table that is printed shows what was found.
@Suite struct DecodingTableTests {
  private struct Case: Decodable {
    struct Options: Decodable {
      var format: PixelFormat?
      var keepsSixteenBits: Bool?
      var appliesOrientation: Bool?
      var reducedSide: Int?
    }
    var file: String
    var kind: String
    var width: Int
    var height: Int
    var channels: Int
    var depth: Int
    var bound: Int
    var mean: Double
    var options: Options

    var decoding: DecodingOptions {
      DecodingOptions(
        format: options.format ?? (channels == 1 ? nil : channels == 4 ? .rgba : .rgb),
        keepsSixteenBits: options.keepsSixteenBits ?? false, appliesOrientation: options.appliesOrientation ?? true,
        reducedSide: options.reducedSide)
    }
  }

  @Test(.enabled(if: Peer.hasPillow, "\(Peer.absence)"))
  func `pixels are Pillow's within the bound of each kind`() throws {
    let folder = try TemporaryFolder()
    try Peer.run("decoding_peer.py", [folder.url.path])
    var table: [(kind: String, bound: String, found: Distance)] = []
    let cases = try folder.decoded("cases.json", as: [Case].self)
    for (index, expected) in cases.enumerated() {
      let image = try Image(contentsOf: folder.path(expected.file), options: expected.decoding)
      #expect(
        (image.width, image.height, image.channels, image.depth.rawValue)
          == (expected.width, expected.height, expected.channels, expected.depth), "\(expected.file)")
      let raw = try folder.bytes("\(index).raw")
      let pixels = try Image(
        width: expected.width, height: expected.height, format: image.format, depth: image.depth, bytes: raw)
      let distance = Distance(image, pixels.samples)
      #expect(distance.largest <= expected.bound, "\(expected.kind): \(expected.file): \(distance)")
      if expected.bound > 0 { #expect(distance.mean <= expected.mean, "\(expected.file): \(distance)") }
      let bound = expected.bound == 0 ? "equal" : "≤ \(expected.bound), mean ≤ \(expected.mean)"
      if let row = table.firstIndex(where: { $0.kind == expected.kind }) {
        table[row].found.merge(distance)
      } else {
        table.append((expected.kind, bound, distance))
      }
    }
    print("Decoding beside Pillow, samples of 255 (65,535 where 16 bits are kept):")
    for row in table {
      print("  \(row.kind.padding(toLength: 48, withPad: " ", startingAt: 0)) bound: \(row.bound); \(row.found)")
    }
  }
}
