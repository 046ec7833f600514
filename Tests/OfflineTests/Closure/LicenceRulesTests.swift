// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Testing

import Offline

@Suite struct LicenceRulesTests {
  private func accepts(_ licence: String?, refusing: [String] = [], allowing: [String] = []) throws -> Bool {
    try LicenceRules(refusing: refusing, allowing: allowing).verdict(licence) == .accepted
  }

  @Test(arguments: [
    ("AGPL-3.0-only", "AGPL-3.0", false), ("AGPL-3.0-or-later", "AGPL-3.0", false), ("agpl-3.0+", "AGPL-3.0", false),
    ("GPL-3.0-only", "AGPL-3.0", true), ("MIT OR AGPL-3.0-only", "AGPL-3.0", true),
    ("MIT AND AGPL-3.0-only", "AGPL-3.0", false), ("MIT OR AGPL-3.0-only", "AGPL-3.0 OR MIT", false),
    ("(MIT OR AGPL-3.0-only) AND ISC", "AGPL-3.0, ISC", false),
    ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0", false),
    ("GPL-2.0-only", "GPL-2.0 WITH Classpath-exception-2.0", true),
    ("GPL-3.0-only", "GPL-2.0-or-later", false), ("GPL-1.0-only", "GPL-2.0-or-later", true),
    ("GPL-2.0-or-later", "GPL-3.0", true),
  ])
  func refuses(licence: String, rule: String, accepted: Bool) throws {
    #expect(try accepts(licence, refusing: [rule]) == accepted)
  }

  @Test(arguments: [
    ("MIT", true), ("BSD-3-Clause AND MIT", true), ("ISC", false), ("MIT AND ISC", false), ("MIT OR ISC", true),
    ("GPL-2.0-or-later", true), ("GPL-2.0-only", false), ("GPL-3.0-only WITH GCC-exception-3.1", true),
  ])
  func allowsOnlyWhatIsNamed(licence: String, accepted: Bool) throws {
    #expect(try accepts(licence, allowing: ["MIT", "BSD-3-Clause", "GPL-3.0"]) == accepted)
  }

  @Test func aNamedExceptionWinsOverAGeneralRefusal() throws {
    let licence = "GPL-2.0-only WITH Classpath-exception-2.0"
    #expect(try !accepts(licence, refusing: ["GPL-2.0"], allowing: ["GPL-2.0"]))
    #expect(try accepts(licence, refusing: ["GPL-2.0"], allowing: [licence]))
  }

  @Test(arguments: [nil, "NOASSERTION", "see the page"]) func unknownIsACaseOfItsOwn(licence: String?) throws {
    #expect(try accepts(licence))
    #expect(try accepts(licence, refusing: ["AGPL-3.0"]))
    #expect(try !accepts(licence, refusing: ["unknown"]))
    #expect(try !accepts(licence, allowing: ["MIT"]))
    #expect(try accepts(licence, allowing: ["MIT", "unknown"]))
    #expect(try !accepts("ISC", allowing: ["MIT", "unknown"]))
    // Whoever allows nothing but the unknown refuses the known.
    #expect(try !accepts("ISC", allowing: ["unknown"]))
  }

  @Test(arguments: ["MIT AND ISC", "", "MIT,", "no licence at all", "(MIT OR ISC) AND MIT"])
  func refusesWhatIsNoRule(rule: String) {
    let error = #expect(throws: GalleyError.self) { try LicenceRules(refusing: [rule]) }
    #expect(error?.exitCode == .usage)
  }
}
