// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import JSONStream
import Testing

private func read<Result>(_ text: String, _ body: (inout JSONReader) throws -> Result) throws -> Result {
  try Array(text.utf8).withUnsafeBytes { try JSONReader.read($0, body) }
}

private func isAccepted(_ bytes: [UInt8]) -> Bool {
  (try? bytes.withUnsafeBytes { try JSONReader.read($0) { try $0.skip() } }) != nil
}

@Suite struct JSONReaderTests {
  @Test func readsWhatIsAskedFor() throws {
    let text =
      #"{"a": [1, 2.5, -3e2], "skipped": {"x": [[], {}, null, true]}, "s": "é\n\u00e9\ud83d\ude00", "b": false}"#
    var numbers: [Double] = []
    var string = ""
    var flag: Bool?
    try read(text) { json in
      try json.object { json, key in
        switch key {
        case "a": try json.array { numbers.append(try $0.double()) }
        case "s": string = try json.string()
        case "b": flag = try json.bool()
        default: try json.skip()
        }
      }
    }
    #expect(numbers == [1, 2.5, -300])
    #expect(string == "é\né😀")
    #expect(flag == false)
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "[1 2]", "{\"a\" 1}", "{1:2}", "01", "1.", "-", ".5", "+1", "1e", "nul", "[nan]",
    "\"\u{1}\"", "\"\\x\"", "\"\\u12\"", "\"abc", "[1]x", "{\"a\":}", "[,1]", "tru", "'a'",
  ])
  func refusesWhatIsNoJSON(text: String) { #expect(!isAccepted(Array(text.utf8))) }

  @Test(arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82], [0x80]])
  func refusesWhatIsNoUTF8(bytes: [UInt8]) { #expect(!isAccepted([0x22] + bytes + [0x22])) }

  @Test func deepDocumentsAreRefusedWithoutRecursion() {
    #expect(isAccepted(Array(String(repeating: "[", count: 500).utf8) + Array(String(repeating: "]", count: 500).utf8)))
    #expect(!isAccepted([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)))
  }

  @Test func aProblemNamesLineAndColumn() {
    let problem = #expect(throws: JSONProblem.self) {
      try read("{\n  \"a\": x}") { try $0.object { json, _ in _ = try json.int() } }
    }
    #expect(problem?.line == 2)
    #expect(problem?.column == 8)
    #expect(problem?.message.contains("a number was expected") == true)
  }

  @Test func numbersAreTheNearestDoubles() throws {
    var state: UInt64 = 1
    for _ in 0..<20_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let number = Double(bitPattern: state ^ state >> 17)
      guard number.isFinite else { continue }
      #expect(try read("\(number)") { try $0.double() } == number)
      let short = "\(state >> 40).\(state >> 20 & 0xFFFF)"
      #expect(try read(short) { try $0.double() } == Double(short))
    }
    #expect(try read("12345678901234567890123456789") { try $0.double() } == 1.2345678901234568e28)
    #expect(try read("1e400") { try $0.double() } == .infinity)
    #expect(try read("3.0") { try $0.int() } == 3)
    #expect(throws: JSONProblem.self) { try read("3.5") { try $0.int() } }
  }

  /// Foundation's parser accepts the same documents: mutated ones, so that most are wrong.
  @Test func acceptsWhatFoundationAccepts() {
    let original = Array(#"{"a":[1,2.5e3,-0,"x\u0041y"],"b":{"c":null,"d":[true,false,{}]},"é":"ü"}"#.utf8)
    var state: UInt64 = 9
    func next() -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33)
    }
    let alphabet = Array("{}[],:\"\\0.e-1tn u".utf8)
    for _ in 0..<5000 {
      var bytes = original
      for _ in 0...next() % 2 { bytes[next() % bytes.count] = alphabet[next() % alphabet.count] }
      let peer = (try? JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])) != nil
      // Foundation refuses a lone half of a surrogate pair and numbers out of range, which the standard allows.
      if peer { #expect(isAccepted(bytes), "\(String(decoding: bytes, as: UTF8.self))") }
    }
  }

  @Test func whatIsWrittenIsRead() throws {
    var json = JSONWriter()
    json.object { json in
      json.key("a\"\\\n\u{1}é")
      json.array { json in
        json.write(1)
        json.write(0.1)
        json.write(2.0)
        json.write(true)
        json.null()
        json.write("x")
      }
      json.key("b")
      json.object { _ in }
    }
    let text = String(decoding: json.bytes, as: UTF8.self)
    #expect(text == #"{"a\"\\\n\u0001é":[1,0.1,2.0,true,null,"x"],"b":{}}"#)
    #expect(isAccepted(json.bytes))
  }
}
