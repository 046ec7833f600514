// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Testing

@Suite struct TerminalTextTests {
  @Test func whatSteersATerminalBecomesABlank() {
    #expect("a\u{1B}[2J\u{202E}b\u{2028}c\u{9B}d\r\ne\u{FEFF}".onOneLine == "a [2J b c d  e ")
  }

  @Test func lettersAndPicturesThatAreJoinedStay() {
    #expect("👩\u{200D}👧 نمی\u{200C}شود".onOneLine == "👩\u{200D}👧 نمی\u{200C}شود")
  }

  @Test func longWordsAreCut() {
    #expect("abcdef".onOneLine(atMost: 6) == "abcdef" && "abcdef".onOneLine(atMost: 3) == "abc…")
    #expect("a\nb\nc".onOneLine(atMost: 3) == "a b…" && "".onOneLine(atMost: 0).isEmpty)
  }

  @Test func levelsHaveAnOrder() {
    #expect(LogLevel.trace < .debug && LogLevel.warning < .error)
    #expect(LogLevel.words == "trace, debug, info, notice, warning, error")
  }
}
