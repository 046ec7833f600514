// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport
import Testing
import Workers

@Suite struct WheelTagsTests {
  private static func facts(
    _ version: [Int], _ soabi: String?, _ glibc: String? = "glibc 2.36", _ implementation: String = "cpython",
    _ platform: String = "linux-x86_64"
  ) -> InterpreterFacts {
    InterpreterFacts(
      version: version, implementation: implementation, platform: platform, moduleInterface: soabi, glibc: glibc)
  }

  private static let plain = facts([3, 11, 7], "cpython-311-x86_64-linux-gnu")

  @Test(arguments: [
    ("a-1-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", true), ("a-1-py3-none-any.whl", true),
    ("a-1-2-py2.py3-none-any.whl", true), ("a-1-cp39-abi3-manylinux_2_28_x86_64.whl", true),
    ("a-1-cp311-cp311-linux_x86_64.whl", true), ("a-1-py3-none-manylinux1_x86_64.whl", true),
    ("a-1-cp312-cp312-manylinux_2_17_x86_64.whl", false), ("a-1-cp311-cp311-manylinux_2_37_x86_64.whl", false),
    ("a-1-cp311-cp311-manylinux_2_17_aarch64.whl", false), ("a-1-cp311-cp311-musllinux_1_2_x86_64.whl", false),
    ("a-1-cp312-abi3-manylinux_2_17_x86_64.whl", false), ("a-1-cp311-cp311-win_amd64.whl", false),
    ("a-1-cp311-cp311t-manylinux_2_17_x86_64.whl", false), ("a-1-pp311-pypy311_pp73-manylinux_2_17_x86_64.whl", false),
    ("a-1-cp311-cp311-macosx_11_0_arm64.whl", false), ("a-1-py2-none-any.whl", false), ("a-1.whl", false),
    ("a-1-py312-none-any.whl", false), ("a-1-py310-none-any.whl", true), ("a.zip", false), ("", false),
    ("a-1-cp311-cp311-manylinux_2__x86_64.whl", false), ("a-1---.whl", false), ("a-1-cp3-abi3-linux_x86_64.whl", false),
  ])
  func knowsWhatFits(name: String, fits: Bool) {
    #expect((WheelTags(Self.plain).rank(ofWheelNamed: name) != nil) == fits, "\(name)")
  }

  @Test func prefersWhatPythonPrefers() throws {
    let tags = WheelTags(Self.plain)
    let best = [
      "a-1-cp311-cp311-manylinux_2_28_x86_64.whl", "a-1-cp311-cp311-manylinux_2_17_x86_64.whl",
      "a-1-cp311-cp311-manylinux2014_x86_64.whl", "a-1-cp311-cp311-linux_x86_64.whl",
      "a-1-cp311-abi3-manylinux_2_17_x86_64.whl", "a-1-cp311-none-manylinux_2_17_x86_64.whl",
      "a-1-cp39-abi3-manylinux_2_17_x86_64.whl", "a-1-cp37-abi3-manylinux_2_28_x86_64.whl",
      "a-1-py3-none-manylinux_2_17_x86_64.whl", "a-1-cp311-none-any.whl", "a-1-7-py3-none-any.whl",
      "a-1-2-py3-none-any.whl", "a-1-py3-none-any.whl", "a-1-py310-none-any.whl",
    ]
    let ranks = try best.map { try #require(tags.rank(ofWheelNamed: $0), "\($0)") }
    #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func otherInterpretersHaveOtherTags() {
    func fits(_ facts: InterpreterFacts, _ ending: String) -> Bool {
      WheelTags(facts).rank(ofWheelNamed: "a-1-\(ending).whl") != nil
    }
    let free = Self.facts([3, 14, 0], "cpython-314t-x86_64-linux-gnu")
    #expect(fits(free, "cp314-cp314t-manylinux_2_28_x86_64") && !fits(free, "cp314-cp314-manylinux_2_28_x86_64"))
    #expect(!fits(free, "cp39-abi3-manylinux_2_28_x86_64") && fits(free, "py3-none-any"))
    let debug = Self.facts([3, 11, 7], "cpython-311d-x86_64-linux-gnu")
    #expect(fits(debug, "cp311-cp311d-linux_x86_64") && fits(debug, "cp311-cp311-linux_x86_64"))
    let pypy = Self.facts([3, 10, 14], "pypy310-pp73-x86_64-linux-gnu", "glibc 2.31", "pypy")
    #expect(fits(pypy, "pp310-pypy310_pp73-manylinux_2_28_x86_64") && !fits(pypy, "cp310-cp310-linux_x86_64"))
    #expect(!fits(pypy, "cp39-abi3-manylinux_2_28_x86_64") && fits(pypy, "py3-none-any"))
    let musl = Self.facts([3, 12, 1], "cpython-312-x86_64-linux-musl", nil)
    #expect(fits(musl, "cp312-cp312-musllinux_1_2_x86_64") && !fits(musl, "cp312-cp312-manylinux_2_17_x86_64"))
    let arm = Self.facts([3, 11, 7], "cpython-311-aarch64-linux-gnu", "glibc 2.17", "cpython", "linux-aarch64")
    #expect(fits(arm, "cp311-cp311-manylinux2014_aarch64") && !fits(arm, "cp311-cp311-manylinux_2_28_aarch64"))
  }

  /// The tags that Python's own package has for the interpreter, best first.
  private static let peer = """
    import json, os, sys, sysconfig
    from pip._vendor.packaging import tags
    print(json.dumps({"tags": [str(tag) for tag in tags.sys_tags()], "version": list(sys.version_info[:3]),
      "platform": sysconfig.get_platform(), "soabi": sysconfig.get_config_var("SOABI"),
      "glibc": os.confstr("CS_GNU_LIBC_VERSION")}))
    """

  private struct Said: Decodable {
    var tags: [String]
    var version: [Int]
    var platform: String
    var soabi: String
    var glibc: String
  }

  @Test(.enabled(if: PeerPython().finds("pip")))
  func ordersTheTagsOfThisPythonAsItDoesItself() throws {
    let said = try JSONDecoder().decode(Said.self, from: try PeerPython().run(["-c", Self.peer]))
    let tags = WheelTags(Self.facts(said.version, said.soabi, said.glibc, "cpython", said.platform))
    let ranks = try said.tags.map { tag in try #require(tags.rank(ofWheelNamed: "a-1-\(tag).whl"), "\(tag)") }
    #expect(zip(ranks, ranks.dropFirst()).allSatisfy { $0 < $1 })
  }
}
