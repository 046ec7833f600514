// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import FoundationEssentials
import Galley
import Statistics
import Tensors
import Testing

/// Reads a table of images with 1×2 pixels.
private func read(_ text: String) throws -> LabeledItems {
  let folder = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try AtomicFile.write(Data(text.utf8), to: "\(folder)/table.csv")
  return try ImageTable(.init(path: "table.csv", height: 1, width: 2, maximum: 16)).items(relativeTo: folder)
}

private let header = "id,label,p0,p1\n"

@Suite struct ImageTableTests {
  @Test func readsRowsWithOpaqueLabels() throws {
    let items = try read("\u{FEFF}" + header + "a,\"größe, \"\"x\"\"\",0,16\r\n\nb,10,1,2\nc,9,3,4")
    #expect(items.ids == ["a", "b", "c"])
    #expect(items.labels == ["9", "10", "größe, \"x\""])
    #expect(items.classes == [2, 1, 0])
    #expect(items.inputs.shape == [3, 1, 2, 1])
    #expect(items.inputs.bytes == [0, 16, 1, 2, 3, 4])
  }

  @Test(arguments: [
    ("", "table.csv:0", "empty"),
    ("id,label,p0\na,1,2\n", "table.csv:1", "3 columns"),
    ("name,label,p0,p1\n", "table.csv:1", "id and label"),
    (header, "table.csv", "no rows"),
    (header + "a,1,2,3\nb,1,2\n", "table.csv:3", "3 columns"),
    (header + "a,1,2,17\n", "table.csv:2", "'17'"),
    (header + "a,1,2,-1\n", "table.csv:2", "'-1'"),
    (header + "a,1,2,x\n", "table.csv:2", "'x'"),
    (header + "a,1,2,\n", "table.csv:2", "column 4"),
    (header + "a,1,2,1.5\n", "table.csv:2", "'1.5'"),
    (header + "a,1,2,3\n\na,1,2,3\n", "table.csv:4", "line 2"),
    (header + ",1,2,3\n", "table.csv:2", "id is empty"),
    (header + "a,,2,3\n", "table.csv:2", "label is empty"),
    (header + "a,\"1,2,3\n", "table.csv:2", "not closed"),
    (header + "a,\"1\"x,2,3\n", "table.csv:2", "closing quote"),
  ])
  func refusesABadRowByLine(text: String, place: String, reason: String) {
    let error = #expect(throws: GalleyError.self) { try read(text) }
    #expect(error?.exitCode == .badData)
    #expect(error?.place?.hasSuffix(place) == true, "\(String(describing: error))")
    #expect(error?.why.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func namesAMissingFile() {
    let table = ImageTable(.init(path: "none.csv", height: 1, width: 2))
    let error = #expect(throws: GalleyError.self) { try table.items(relativeTo: "/nowhere") }
    #expect(error?.exitCode == .missingInput)
    #expect(error?.place == "/nowhere/none.csv")
  }

  @Test func theDigitsAreAllThere() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path()
    let table = ImageTable(.init(path: "data/digits.csv", height: 8, width: 8, maximum: 16))
    let items = try table.items(relativeTo: root + "Examples/digits")
    #expect(items.count == 1797)
    #expect(items.labels == (0...9).map(String.init))
    // Class counts as the data set's documentation gives them.
    let counts = items.labels.indices.map { label in items.classes.filter { $0 == label }.count }
    #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
  }
}

@Suite struct StratifiedSplitTests {
  private func items() throws -> LabeledItems {
    let rows = (0..<100).map { "item\($0),\($0 % 3),0,0\n" }.joined()
    return try read(header + rows)
  }

  @Test func everyItemIsInOneSubsetAndClassesKeepTheirShare() throws {
    let items = try items()
    let parts = try StratifiedSplit(.init()).split(items, seed: 1)
    #expect(Subset.allCases.flatMap { parts[$0]?.ids ?? [] }.sorted() == items.ids.sorted())
    for part in parts.values {
      let counts = items.labels.indices.map { label in part.classes.filter { $0 == label }.count }
      #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
    }
  }

  @Test func dependsOnTheSeedAlone() throws {
    let items = try items()
    let split = try StratifiedSplit(.init())
    let shuffled = try items.selecting(Array((0..<100).reversed()))
    #expect(try split.split(items, seed: 1) == split.split(shuffled, seed: 1))
    #expect(try split.split(items, seed: 1) != split.split(items, seed: 2))
  }

  @Test func refusesPartsThatDontAddUpAndClassesTooSmall() throws {
    #expect(throws: GalleyError.self) { try StratifiedSplit(.init(train: 0.5, validation: 0.2, test: 0.2)) }
    let few = try read(header + "a,1,0,0\nb,1,0,0\nc,2,0,0\n")
    let error = #expect(throws: GalleyError.self) { try StratifiedSplit(.init()).split(few, seed: 1) }
    #expect(error?.place == "class '1'")
  }
}

@Suite struct ImageTableFuzzTests {
  /// Damaged tables give items or a message, never a crash.
  @Test(arguments: 0..<4)
  func damagedBytesAreReadOrRefused(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let original = Array((header + "a,\"1,\"\"x\"\"\",0,16\r\nb,2,3,4\nc,1,5,6\n").utf8)
    for _ in 0..<400 {
      var bytes = original
      for _ in 0...generator.number(below: 4) {
        let place = generator.number(below: bytes.count)
        if generator.number(below: 2) == 0 {
          bytes[place] = UInt8(truncatingIfNeeded: generator.number(below: 256))
        } else {
          bytes.insert(contentsOf: Array("\",\r\n\"".utf8).prefix(1 + generator.number(below: 4)), at: place)
        }
      }
      if let items = try? read(String(decoding: bytes, as: UTF8.self)) { #expect(items.count >= 1) }
    }
  }
}
