// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

@Suite struct DataCommandTests {
  /// A 2×2 grey bitmap, which every decoder reads: BITMAPFILEHEADER, BITMAPINFOHEADER, two rows of 24-bit pixels.
  private static func bitmap(_ grey: UInt8) -> Data {
    func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
    let row = [UInt8](repeating: grey, count: 6) + [0, 0]
    var bytes: [UInt8] = Array("BM".utf8) + little(70) + little(0) + little(54)
    bytes += little(40) + little(2) + little(2) + [1, 0, 24, 0] + little(0) + little(16)
    bytes += little(2835) + little(2835) + little(0) + little(0)
    return Data(bytes + row + row)
  }

  /// Two classes of two images each.
  private func writeImages(_ program: Program) throws {
    for (number, label) in ["dark", "light"].enumerated() {
      let folder = "\(program.folder)/photos/\(label)"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for index in 0..<2 {
        try Self.bitmap(UInt8(20 + 150 * number + 20 * index)).write(to: URL(filePath: "\(folder)/\(index).bmp"))
      }
    }
  }

  @Test func aSoundFolderPassesAndABrokenOneIsExplained() async throws {
    let program = try Program()
    defer { program.remove() }
    try writeImages(program)
    let sound = try await program.run(["data", "check", "photos"], named: "sound")
    #expect(sound.status == 0, "\(sound.output)\(sound.errors)")
    try Data("not an image".utf8).write(to: URL(filePath: "\(program.folder)/photos/dark/broken.jpg"))
    let broken = try await program.run(["data", "check", "photos", "--fix", "fixed"], named: "broken")
    #expect(broken.status == 1)
    #expect(broken.output.contains("dark/broken.jpg"))
    let fixed = try await program.run(["data", "check", "fixed"], named: "fixed")
    #expect(fixed.status == 0, "\(fixed.output)\(fixed.errors)")
  }

  @Test func itemsAreDrawnOnAPageThatAsksNoHost() async throws {
    let program = try Program()
    defer { program.remove() }
    try writeImages(program)
    let outcome = try await program.run(["data", "show", "photos", "--output", "page.html", "--limit", "3"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let page = try program.text("page.html")
    #expect(page.contains("data:image/jpeg;base64,"))
    #expect(page.contains("dark") && !page.contains("http://") && !page.contains("https://"))
  }

  @Test func aFolderIsConvertedAndWhatIsLostIsSaid() async throws {
    let program = try Program()
    defer { program.remove() }
    try writeImages(program)
    let outcome = try await program.run(["data", "convert", "photos", "--to", "csv", "-o", "table"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let again = try await program.run(["data", "check", "table"], named: "again")
    #expect(again.status == 0, "\(again.output)\(again.errors)")
    let missing = try await program.run(["data", "check", "nowhere"], named: "missing")
    #expect(missing.status == 66)
    #expect(missing.errors.contains("nowhere"))
  }

  @Test func aDataSetThatLiesInNoFileIsWrittenByName() async throws {
    let program = try Program()
    defer { program.remove() }
    let written = try await program.run(
      ["data", "convert", "shapes:count=8,size=20", "--to", "image-folders", "--output", "shapes"], named: "written")
    #expect(written.status == 0, "\(written.errors)")
    #expect(written.output.contains("8 items"))
    let sound = try await program.run(["data", "check", "shapes"], named: "sound")
    #expect(sound.output.contains("8 items"), "\(sound.output)\(sound.errors)")
    let typo = try await program.run(
      ["data", "convert", "shapes:sise=20", "--to", "coco", "--output", "coco"], named: "typo")
    #expect(typo.status == 64)
    #expect(typo.errors.contains("Did you mean 'size'?"), "\(typo.errors)")
    let near = try await program.run(["data", "convert", "shaps", "--to", "coco", "--output", "coco"], named: "near")
    #expect(near.status == 66 && near.errors.contains("Did you mean 'shapes'?"), "\(near.errors)")
    let nameless = try await program.run(["plan", "--model", "resnet-18:=", "--data", "shapes"], named: "nameless")
    #expect(nameless.status == 64, "\(nameless.errors)")
    #expect(nameless.errors.contains("names no option"), "\(nameless.errors)")
  }
}
