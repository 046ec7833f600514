// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Pantry
import Testing
import Workers

/// What a worker consists of, and what can't be carried of it.
@Suite struct CarryingTests {
  private static let body = """

    class Empty(galley.Dataset):
        "Nothing."
        taxonomy = "data.classification.NAME"
        def items(self):
            return galley.LabeledItems([], galley.Tensor(b"", "uint8", (0, 1, 1, 1)), [], ["a"])
    """

  private func parts(
    _ bench: Workbench, _ imports: String, name: String = "w.py", python: String? = nil
  ) async throws -> WorkerParts {
    let body = Self.body.replacing("NAME", with: name.dropLast(3))
    try bench.write(imports + "\nimport galley\n" + body, name)
    let worker = try await WorkerRegister(home: bench.home).add(bench.program(name), python: python)
    return try await WorkerParts.of(worker, in: Pantry(root: bench.home.root), variables: Workbench.variables)
  }

  private func write(_ bench: Workbench, _ files: [String: String]) throws {
    for (name, text) in files {
      let folder = URL(filePath: "\(bench.folder)/\(name)").deletingLastPathComponent()
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try bench.write(text, name)
    }
  }

  @Test func theFilesBesideItThatItImportsBelongToIt() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try write(
      bench,
      [
        "alone.py": "", "handled.py": "", "otherwise.py": "", "finally_.py": "",
        "near.py": "import csv\nfrom deep.inner import leaf\n", "unused.py": "", "late.py": "",
        "deep/__init__.py": "", "deep/inner/__init__.py": "from .. import sibling\n", "deep/inner/leaf.py": "",
        "deep/sibling.py": "import third\n", "deep/table.json": "{}", "third.py": "", "named.py": "",
        "data/one.txt": "1",
      ])
    let parts = try await parts(
      bench,
      """
      # /// script
      # dependencies = []
      # [tool.galley]
      # files = ["data"]
      # ///
      import json, near
      from typing import TYPE_CHECKING
      if TYPE_CHECKING:
          import nowhere_but_for_checkers
      try:
          import not_installed_here
      except (ImportError, OSError):
          import handled
      else:
          import otherwise
      finally:
          import finally_
      total = \(Array(repeating: "1", count: 1500).joined(separator: " + "))
      def later():
          import importlib, late
          return importlib.import_module("named")
      """)
    #expect(
      parts.files.keys.sorted() == [
        "data/one.txt", "deep/__init__.py", "deep/inner/__init__.py", "deep/inner/leaf.py", "deep/sibling.py",
        "deep/table.json", "finally_.py", "handled.py", "late.py", "named.py", "near.py", "otherwise.py", "third.py",
        "w.py",
      ])
    #expect(parts.wheels.isEmpty && parts.installer == nil && parts.leftOut.isEmpty)
    #expect(parts.interpreter.executable.hasPrefix("/") && parts.interpreter.version >= PythonInterpreter.oldest)
    #expect(FileManager.default.fileExists(atPath: "\(parts.interpreter.library)/os.py"))
  }

  @Test func whatCannotBeCarriedIsSaidWithItsLine() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    // A virtual environment with a package that no lock names.
    let environment = "\(bench.folder)/venv"
    try run("python3", ["-m", "venv", "--without-pip", environment])
    let packages = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: environment).first { $0.hasSuffix("site-packages") })
    try bench.write("", "venv/\(packages)/stray_package.py")
    let python = "\(environment)/bin/python3"
    let stray = await #expect(throws: GalleyError.self) {
      try await parts(bench, "\nimport stray_package", python: python)
    }
    #expect(stray?.exitCode == .configuration)
    #expect(stray?.why.contains("w.py:2 imports 'stray_package' from \(environment)") == true, "\(stray?.why ?? "")")
    #expect(stray?.remedy?.contains("galley worker lock") == true)
    // What it can do without stays behind.
    let optional = try await parts(
      bench, "try:\n    import stray_package\nexcept ImportError:\n    stray_package = None", name: "o.py",
      python: python)
    #expect(optional.leftOut == ["stray_package"])
    // The interpreter is the one beneath the environment.
    #expect(!optional.interpreter.executable.hasPrefix(environment))
    let windows = await #expect(throws: GalleyError.self) {
      try await parts(bench, "def show():\n    import tkinter", name: "t.py")
    }
    #expect(windows?.exitCode == .configuration && windows?.why.contains("t.py:2") == true)
    let unlocked = await #expect(throws: GalleyError.self) {
      try await parts(
        bench, "# /// script\n# dependencies = [\"numpy\"]\n# ///\n", name: "n.py", python: "python3")
    }
    #expect(unlocked?.exitCode == .configuration && unlocked?.why.contains("never locked") == true)
    let outside = await #expect(throws: GalleyError.self) {
      try await parts(
        bench, "# /// script\n# dependencies = []\n# [tool.galley]\n# files = [\"../x\"]\n# ///\n", name: "f.py")
    }
    #expect(outside?.exitCode == .badData && outside?.why.contains("../x") == true)
  }

  private func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [program] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
  }

  @Test func aDocumentOfAWorkerNamesNothingOutsideTheHome() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset, "stripes.py")
    let worker = try await WorkerRegister(home: bench.home).add(bench.program("stripes.py"))
    let carried = CarriedWorker(
      worker, folder: Digest(of: "files"), programName: "stripes.py", interpreter: "python-3.11.7-00000000")
    let data = try carried.document()
    #expect(try CarriedWorker(data, at: "test") == carried)
    #expect(try carried.document() == data && CarriedWorker.isDocument(carried.documentName))
    let text = String(decoding: data, as: UTF8.self)
    #expect(!text.contains(bench.folder))
    for (old, new) in [
      ("folders/", "folders/../"), ("folders/", "/folders/"), ("interpreters/", "../"), ("bin/python3", "bin/sh"),
      ("\"stripes\"", "\"../stripes\""), ("galley.carried-worker/1", "galley.carried-worker/2"), ("{", "["),
    ] {
      let changed = Data(text.replacing(old, with: new).utf8)
      let error = #expect(throws: GalleyError.self) { try CarriedWorker(changed, at: "test") }
      #expect(error?.exitCode == .badData, "\(old) → \(new)")
    }
  }
}
