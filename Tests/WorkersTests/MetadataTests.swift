// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
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
