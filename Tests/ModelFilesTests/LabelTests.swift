// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import ModelFiles
import Testing

@Suite struct LabelTests {
  @Test(arguments: [
    ("a.txt", "cat\ndog\nbig bird\n"),
    ("a.txt", "\u{feff}cat\r\ndog\r\nbig bird\r\n\r\n"),
    ("a", "cat \n\tdog\nbig bird"),
    ("a.json", #"["cat", "dog", "big bird"]"#),
    ("a", #" {"1": "dog", "0": "cat", "2": "big bird"}"#),
    ("a.json", #"{"cat": 0, "dog": 1, "big bird": 2}"#),
    ("config.json", #"{"architectures": ["X"], "id2label": {"0": "cat", "1": "dog", "2": "big bird"}}"#),
    ("a.csv", "index,name\n2,big bird\n0,cat\n1,\"dog\"\n"),
    ("a", "0,cat\n1,dog\n2,big bird\n"),
  ])
  func everyFormGivesTheSameLabels(name: String, content: String) throws {
    #expect(try LabelFile.labels(Array(content.utf8), name) == ["cat", "dog", "big bird"])
  }

  @Test func quotedCellsMayHoldCommasAndQuotationMarks() throws {
    let text = "0,\"tench, Tinca \"\"t.\"\"\"\n1,b\n"
    #expect(try LabelFile.labels(Array(text.utf8), "a.csv") == ["tench, Tinca \"t.\"", "b"])
  }

  @Test(arguments: [
    ("a.txt", "cat\n\ndog\n", "a.txt:2", "empty"),
    ("a.txt", "cat\ndog\ncat\n", "a.txt:3", "'cat' occurs in line 1 too"),
    ("a.txt", "\n\n", "a.txt", "names no class"),
    ("a.csv", "0,cat\n2,dog\n", "a.csv:2", "some index is left out"),
    ("a.csv", "1,cat\n2,dog\n", "a.csv:2", "indices begin at 0"),
    ("a.csv", "0,cat\n0,dog\n", "a.csv:2", "index 0 occurs twice"),
    ("a.csv", "0,cat\n1,cat\n", "a.csv:2", "occurs twice"),
    ("a.csv", "0,cat\n1,dog,3\n", "a.csv:2", "3 columns"),
    ("a.csv", "0,cat\nx,dog\n", "a.csv:2", "no index"),
    ("a.csv", "0,\"cat\n", "a.csv:1", "not closed"),
    ("a.json", "[\"cat\", 3]", "a.json: [1]", "a whole number, not text"),
    ("a.json", "[\"cat\",\n]", "a.json:2:1", "a value is expected"),
    ("a.json", "{\"a\": 0, \"a\": 1}", "a.json:1:10", "occurs twice"),
    ("a.json", "[]", "a.json", "names no class"),
    ("a.json", "3", "a.json", "a whole number"),
  ])
  func mistakesAreNamedWithTheirPlace(name: String, content: String, place: String, why: String) throws {
    let error = try refusal { _ = try LabelFile.labels(Array(content.utf8), name) }
    #expect(error.exitCode == .badData)
    #expect(error.place == place)
    #expect(error.why.contains(why), "\(error.why)")
  }

  @Test func bytesThatAreNoTextAreNamedWithTheirLine() throws {
    let error = try refusal { _ = try LabelFile.labels(Array("cat\ndog\n".utf8) + [0xff, 0x41], "a.txt") }
    #expect(error.place == "a.txt:3" && error.why.contains("UTF-8"))
  }

  @Test func survivesDrawnBytes() {
    var generator = SeededGenerator(state: 3)
    let alphabet = Array("[]{}\",:0123ab\n\r \\".utf8) + [0xc3, 0xa4, 0xff]
    for _ in 0..<3000 {
      let count = Int.random(in: 0...40, using: &generator)
      let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      for name in ["a.txt", "a.json", "a.csv"] { _ = try? LabelFile.labels(bytes, name) }
    }
  }
}
