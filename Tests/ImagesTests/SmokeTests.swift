// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Images
import Testing

@Suite struct SmokeTests {
  @Test func roundTrip() throws {
    let image = try Image(width: 9, height: 7, format: .rgb, color: [1, 2, 3])
    let bytes = try image.encoded(as: .png())
    #expect(try Image(decoding: bytes) == image)
  }
}
