// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Testing

@Suite struct CSVRecordsTests {
  private func records(_ text: String) throws -> [[String]] {
    var records = CSVRecords(Array(text.utf8))
    var found: [[String]] = []
    while try records.next() { found.append(try records.texts()) }
    return found
  }

  @Test(arguments: ["\n", "\r\n", "\r"]) func linesEndInThreeWays(end: String) throws {
    #expect(try records("a,b\(end)\(end)1,\(end)\"2\",3") == [["a", "b"], ["1", ""], ["2", "3"]])
  }

  @Test func quotesAreUndoneInQuotedFieldsOnly() throws {
    #expect(try records("\"a\"\"b\",\"\"\"\",5\"\",\"x,\ny\"\n") == [["a\"b", "\"", "5\"\"", "x,\ny"]])
    #expect(try records("\u{FEFF}a,") == [["a", ""]])
    #expect(try records("") == [])
  }

  @Test func aRecordKnowsItsLine() throws {
    var records = CSVRecords(Array("a\n\n\"b\nc\",7\n300,x".utf8))
    var lines: [Int] = []
    while try records.next() { lines.append(records.line) }
    #expect(lines == [1, 3, 5])
    #expect(records.count == 2 && records.byte(0) == nil && records.byte(1) == nil && records.byte(2) == nil)
  }

  @Test func whatCannotBeReadIsSaid() {
    for (bytes, words, line) in [
      (Array("a\n\"b\nc".utf8), "not closed", 2), (Array("\"a\"b,c\n".utf8), "closing quote of column 1", 1),
      ([0x61, 0x2C, 0xFF], "column 2 is not UTF-8", 1),
    ] {
      var records = CSVRecords(bytes)
      let fault = #expect(throws: CSVRecords.Fault.self) { while try records.next() { _ = try records.texts() } }
      #expect(fault?.description.contains(words) == true, "\(String(describing: fault))")
      #expect(records.line == line)
    }
  }

  /// A quotation mark with a combining character behind it is one `Character`.
  @Test func whatIsWrittenIsReadAgain() throws {
    let fields = ["plain", "", "a,b", "say \"x\"", "\"\u{308}", "two\nlines", "cr\rlf\r\n", " blank ", "ü"]
    #expect(try records(CSVRecords.line(fields)) == [fields])
    #expect(CSVRecords.line(["a", "b,c"]) == "a,\"b,c\"")
  }
}
