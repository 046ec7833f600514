// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Golden
import Testing

@Suite struct ZooTests {
  @Test func anIndexNamesEachVolumeByDigest() throws {
    try RowFixture.withFolder { folder in
      try GoldenVolume.open(folder + "/a.sqlite").insert([try RowFixture.row("a")])
      try GoldenVolume.open(folder + "/b.golden").insert([try RowFixture.row("b"), try RowFixture.row("c")])
      let zoo = try GoldenZoo(ofFolder: folder)
      let path = try zoo.write(to: folder)
      let read = try GoldenZoo(Data(contentsOf: URL(filePath: path)), from: path)
      #expect(read == zoo)
      #expect(read.volumes.map(\.name) == ["a", "b"])
      #expect(read.volumes.map(\.rows) == [1, 2])
      #expect(read.volumes.first?.digest == (try Digest(ofFileAt: folder + "/a.sqlite")))
      #expect(read.volumes.first?.tasks == ["image-classification"])
      #expect(try read.volume("b").file == "b.golden")
      #expect(#expect(throws: GalleyError.self) { try read.volume("aa") }?.remedy == "Did you mean 'a'?")
    }
  }

  @Test func aDamagedVolumeGetsNoIndex() throws {
    try RowFixture.withFolder { folder in
      try Data("no volume".utf8).write(to: URL(filePath: folder + "/a.sqlite"))
      #expect(#expect(throws: GalleyError.self) { try GoldenZoo(ofFolder: folder) }?.exitCode == .badData)
      #expect(
        #expect(throws: GalleyError.self) { try GoldenZoo(ofFolder: folder + "/none") }?.exitCode == .missingInput)
    }
  }

  @Test(arguments: ["../x.sqlite", "/etc/passwd", "https://x/y.sqlite", "a//b", ""])
  func anIndexNamesNoFileOutsideItsZoo(file: String) throws {
    let zoo = GoldenZoo(volumes: [
      .init(name: "a", file: file, digest: Digest(of: "a"), byteCount: 1, rows: 1, tasks: [], hardware: [], data: [])
    ])
    let data = try JSONEncoder().encode(zoo)
    #expect(#expect(throws: GalleyError.self) { try GoldenZoo(data, from: "zoo") }?.exitCode == .badData)
  }

  @Test(arguments: ["", "[]", "{}", #"{"schema": "galley.zoo/2", "volumes": []}"#])
  func whatIsNoIndexIsRefused(text: String) {
    #expect(#expect(throws: GalleyError.self) { try GoldenZoo(Data(text.utf8), from: "zoo") }?.exitCode == .badData)
  }
}
