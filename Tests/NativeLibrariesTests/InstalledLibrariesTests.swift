// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import Testing

@Suite("Reading installed.json")
struct InstalledLibrariesTests {
  @Test("gives name, version, path, digest and licence")
  func reads() throws {
    let folder = try TemporaryFolder()
    try folder.write("installed.json", installedJSON())
    let installed = try #require(try InstalledLibraries.read(folder: folder.path))
    let record = try #require(installed.record(of: .onnxRuntime))
    #expect(record.version == "1.2.3")
    #expect(record.licence == "MIT")
    #expect(installed.path(of: record) == folder.path + "/onnxruntime-1.2.3/lib/libonnxruntime.so.1")
    #expect(installed.record(of: .plotly) == nil)
  }

  @Test("a folder without the file has no list")
  func absent() throws {
    #expect(try InstalledLibraries.read(folder: TemporaryFolder().path) == nil)
  }

  @Test(
    "a corrupt file is an error with its path and the remedy",
    arguments: [
      "", "{", "[]", "{\"format\": 1}", "{\"format\": 2, \"libraries\": []}",
      "{\"format\": 1, \"libraries\": [{\"name\": 7}]}", "{\"format\": 1, \"libraries\": [{\"name\": \"a\"}]}",
      installedJSON(path: "../elsewhere"), installedJSON(main: "/etc/passwd"), installedJSON(path: ""), "\u{0}\u{1}",
    ])
  func corrupt(text: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("installed.json", text)
    let error = #expect(throws: NativeLibraryError.self) { try InstalledLibraries.read(folder: folder.path) }
    #expect(error?.code == .installationDamaged)
    #expect(error?.path == file)
    #expect(error?.description.contains("make setup") == true)
  }

  @Test("every truncation of the file is refused or read, never a crash")
  func truncated() throws {
    let folder = try TemporaryFolder()
    let text = installedJSON()
    for length in 0..<text.utf8.count {
      try folder.write("installed.json", String(decoding: text.utf8.prefix(length), as: UTF8.self))
      #expect(throws: NativeLibraryError.self) { try InstalledLibraries.read(folder: folder.path) }
    }
  }

  @Test("a corrupt list ends the search")
  func endsSearch() throws {
    let folder = try TemporaryFolder()
    try folder.write("installed.json", "{")
    try folder.write("lib/libonnxruntime.so")
    let locator = NativeLibraryLocator(environment: ["GALLEY_NATIVE": folder.path], executable: "")
    let error = #expect(throws: NativeLibraryError.self) { try locator.locate(.onnxRuntime) }
    #expect(error?.code == .installationDamaged)
  }

  @Test("a listed library whose file is gone is a damaged installation")
  func fileGone() throws {
    let folder = try TemporaryFolder()
    try folder.write("installed.json", installedJSON())
    let locator = NativeLibraryLocator(environment: ["GALLEY_NATIVE": folder.path], executable: "")
    let error = #expect(throws: NativeLibraryError.self) { try locator.locate(.onnxRuntime) }
    #expect(error?.code == .installationDamaged)
    #expect(error?.path == folder.path + "/onnxruntime-1.2.3/lib/libonnxruntime.so.1")
  }
}
