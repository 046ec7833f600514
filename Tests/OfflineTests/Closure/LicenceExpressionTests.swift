// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Testing

import Offline

@Suite struct LicenceExpressionTests {
  @Test(arguments: [
    ("MIT", "MIT"), ("mit or Apache-2.0", "mit OR Apache-2.0"),
    ("MIT AND (BSD-3-Clause OR ISC)", "MIT AND (BSD-3-Clause OR ISC)"),
    ("MIT OR BSD-3-Clause AND ISC", "MIT OR BSD-3-Clause AND ISC"),
    ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0 WITH Classpath-exception-2.0"),
    ("GPL-2.0+", "GPL-2.0-or-later"), ("LGPL-2.1-or-later", "LGPL-2.1-or-later"),
  ])
  func reads(text: String, expected: String) throws {
    #expect(try #require(LicenceExpression(text)).description == expected)
  }

  @Test(arguments: [
    "", " ", "MIT AND", "OR MIT", "(MIT", "MIT)", "MIT Apache-2.0", "NOASSERTION", "NONE", "WITH", "MIT WITH",
    "see the page, please", "Über-1.0",
  ])
  func refuses(text: String) { #expect(LicenceExpression(text) == nil) }

  @Test func deepNestingIsRefusedWithoutDeepRecursion() {
    func nested(_ depth: Int) -> String {
      String(repeating: "(", count: depth) + "MIT" + String(repeating: ")", count: depth)
    }
    #expect(LicenceExpression(nested(64)) != nil)
    #expect(LicenceExpression(nested(100_000)) == nil)
  }
}
