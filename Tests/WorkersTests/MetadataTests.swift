// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Statistics
import Testing
import Workers

@Suite struct MetadataTests {
  private func read(_ text: String) throws -> ScriptMetadata? { try ScriptMetadata(of: text, at: "w.py") }

  @Test func readsTheBlock() throws {
    let metadata = try #require(
      try read(
        """
        #!/usr/bin/env python3
        # /// script
        # requires-python = ">=3.10"
        # dependencies = [
        #   "numpy>=2",
        #   "pillow",
        # ]
        #
        # [tool.other]
        # a = 1
        # ///
        import numpy
        """))
    #expect(metadata.dependencies == ["numpy>=2", "pillow"])
    #expect(metadata.pythonRequirement?.description == ">=3.10")
    #expect(metadata.text.hasPrefix("requires-python = \">=3.10\"\n"))
  }

  @Test func aFileWithoutABlockNeedsNothing() throws {
    #expect(try read("import os\n") == nil)
    #expect(try read("# /// script\n# dependencies = []\n") == nil)
    #expect(try read("# /// other\n# a = 1\n# ///\n") == nil)
    #expect(try read("# /// script\n# ///\n")?.dependencies == [])
    // What begins within a block of another type belongs to that.
    #expect(try read("# /// other\n# /// script\n# dependencies = [\"a\"]\n# ///\n") == nil)
    #expect(
      try read("# /// other\n# b\n# ///\n\n# /// script\n# dependencies = [\"a\"]\n# ///\n")?.dependencies == ["a"])
    #expect(try read("# /// script\r\n# dependencies = [\"a\"]\r\n# ///\r\n")?.dependencies == ["a"])
  }

  @Test(arguments: [
    ("# /// script\n# dependencies = [\n# ///\n", "w.py:3"), ("# /// script\n# dependencies = 3\n# ///\n", "list"),
    ("# /// script\n# dependencies = [1]\n# ///\n", "list"),
    ("# /// script\n# requires-python = \"new\"\n# ///\n", "'new'"),
    ("# /// script\n# requires-python = 3\n# ///\n", "no text"),
    ("# /// script\n# ///\nx = 1\n# /// script\n# ///\n", "second block"),
  ])
  func refusesWhatIsNoBlock(text: String, words: String) throws {
    let error = #expect(throws: GalleyError.self) { try read(text) }
    #expect(error?.exitCode == .badData)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  /// The regular expression of PEP 723, and its way to read a block.
  private static let peer = #"""
    import json, re, sys
    REGEX = r"(?m)^# /// (?P<type>[a-zA-Z0-9-]+)$\s(?P<content>(^#(| .*)$\s)+)^# ///$"
    def block(script):
        found = [m for m in re.finditer(REGEX, script) if m.group("type") == "script"]
        if len(found) > 1:
            return "twice"
        if not found:
            return None
        lines = found[0].group("content").splitlines(keepends=True)
        return "".join(line[2:] if line.startswith("# ") else line[1:] for line in lines)
    print(json.dumps([block(one) for one in json.loads(sys.argv[1])]))
    """#

  @Test(.enabled(if: PeerPython().isPresent))
  func findsTheBlockThatTheReferenceFinds() throws {
    let words = ["# /// script", "# /// other", "# ///", "# a = 1", "#", "x = 1", "# /// "]
    var generator = SeededGenerator(seed: 723)
    let sources = (0..<1000).map { _ in
      (0..<Int.random(in: 1...9, using: &generator)).compactMap { _ in words.randomElement(using: &generator) }
        .joined(separator: "\n") + "\n"
    }
    // A block without content is none for the expression; here it says that nothing is needed.
    let judged = sources.filter { !$0.contains(#/# /// (script|other)\n# ///\n/#) }
    let sent = String(decoding: try JSONEncoder().encode(judged), as: UTF8.self)
    let answers = try JSONDecoder().decode([String?].self, from: try PeerPython().run(["-c", Self.peer, sent]))
    for (source, answer) in zip(judged, answers) {
      let own = Result { try read(source)?.text }
      switch (answer, own) {
      case (nil, .success(nil)): break
      case (let text?, .success(let other?)): #expect(text == other, "\(source)")
      // What isn't TOML is found as well, and refused as that.
      case (let text?, .failure(let error as GalleyError)):
        #expect(error.why.contains("second block") == (text == "twice"), "\(source)")
      default: Issue.record("\(source)")
      }
    }
  }

  @Test(arguments: [
    (">=3.10", [3, 10, 0], true), (">=3.10", [3, 9, 18], false), (">=3.9,<3.12", [3, 11, 7], true),
    (">=3.9, <3.12", [3, 12, 0], false), ("==3.11.*", [3, 11, 7], true), ("==3.11.*", [3, 12, 7], false),
    ("!=3.11.*", [3, 11, 7], false), ("~=3.10", [3, 14, 0], true), ("~=3.10", [4, 0, 0], false),
    ("~=3.10.2", [3, 10, 1], false), ("~=3.10.2", [3, 11, 0], false), ("==3.11", [3, 11, 0], true),
    (">3.11", [3, 11, 0], false), ("<=3.11.7", [3, 11, 7], true), ("", [3, 11, 7], true),
  ])
  func comparesVersions(requirement: String, version: [Int], isAccepted: Bool) throws {
    #expect(try #require(PythonRequirement(requirement)).accepts(PythonVersion(version)) == isAccepted)
  }

  @Test(arguments: ["3.10", ">=x", ">=3.*", "~=3", "=>3.10", ">="])
  func refusesWhatIsNoRequirement(text: String) { #expect(PythonRequirement(text) == nil) }
}
