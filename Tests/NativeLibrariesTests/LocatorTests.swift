// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import Testing

@Suite("Locating native libraries")
struct LocatorTests {
  // Names that no system's dynamic linker knows.
  let library = NativeLibrary(
    name: "onnxruntime", displayName: "ONNX Runtime", fileNames: ["libgalley-test.so.1", "libgalley-test.so"])

  func locator(
    explicit: String? = nil, environment: [String: String] = [:], executable: String = "/nowhere/at/all/galley"
  ) -> NativeLibraryLocator {
    NativeLibraryLocator(explicit: explicit, environment: environment, executable: executable)
  }

  @Test("an explicit file wins over everything")
  func explicitFile() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("mine.so")
    try folder.write("native/lib/libgalley-test.so")
    let found = try locator(explicit: file, environment: ["GALLEY_NATIVE": folder.path + "/native"]).locate(library)
    #expect(found.path == file)
    #expect(found.origin == .option)
    #expect(found.version == nil)
  }

  @Test("an explicit path that doesn't exist ends the search, even if the library is elsewhere")
  func explicitMissing() throws {
    let folder = try TemporaryFolder()
    try folder.write("native/lib/libgalley-test.so")
    let searching = locator(explicit: "/no/such.so", environment: ["GALLEY_NATIVE": folder.path + "/native"])
    let error = #expect(throws: NativeLibraryError.self) { try searching.locate(library) }
    #expect(error?.code == .notFound)
    #expect(error?.path == "/no/such.so")
    #expect(error?.description.contains("--only onnxruntime") == true)
  }

  @Test(
    "the pantry comes after the program's folders and before the system", arguments: ["GALLEY_HOME", "XDG_DATA_HOME"])
  func pantry(variable: String) throws {
    let folder = try TemporaryFolder()
    let root = variable == "GALLEY_HOME" ? folder.path + "/home" : folder.path + "/home/galley"
    let prefix = String(root.dropFirst(folder.path.count + 1))
    let file = try folder.write(prefix + "/native/lib/libgalley-test.so")
    let environment = [variable: folder.path + "/home"]
    let found = try locator(environment: environment).locate(library)
    #expect(found.path == file)
    #expect(found.origin == .pantry)
    #expect(PantryPlace.root(environment: environment) == root)
    let beside = try folder.write("b/.native/lib/libgalley-test.so")
    #expect(try locator(environment: environment, executable: folder.path + "/b/galley").locate(library).path == beside)
  }

  @Test("GALLEY_NATIVE comes before the program's own folder")
  func environmentFirst() throws {
    let folder = try TemporaryFolder()
    try folder.write("a/installed.json", installedJSON())
    let file = try folder.write("a/onnxruntime-1.2.3/lib/libonnxruntime.so.1")
    try folder.write("b/.native/lib/libgalley-test.so")
    let found = try locator(
      environment: ["GALLEY_NATIVE": folder.path + "/a"], executable: folder.path + "/b/galley"
    ).locate(library)
    #expect(found.path == file)
    #expect(found.origin == .environment)
    #expect(found.version == "1.2.3")
    #expect(found.digest == String(repeating: "a", count: 64))
  }

  @Test("a wrong GALLEY_NATIVE is an error that names it", arguments: ["missing", "a-file"])
  func wrongEnvironment(name: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("a-file")
    let path = folder.path + "/" + name
    let error = #expect(throws: NativeLibraryError.self) {
      try locator(environment: ["GALLEY_NATIVE": path]).locate(library)
    }
    #expect(error?.code == .notFound)
    #expect(error?.path == path)
    #expect(error?.description.contains("GALLEY_NATIVE") == true)
  }

  @Test("a GALLEY_NATIVE without the library lets the search go on; an empty one counts as unset")
  func incompleteEnvironment() throws {
    let folder = try TemporaryFolder()
    try folder.write("empty/readme")
    let file = try folder.write("b/.native/lib/libgalley-test.so")
    for value in [folder.path + "/empty", ""] {
      let found = try locator(environment: ["GALLEY_NATIVE": value], executable: folder.path + "/b/galley")
        .locate(library)
      #expect(found.path == file)
      #expect(found.origin == .program)
    }
  }

  @Test("the folders above the program are searched, the nearest first")
  func parents() throws {
    let folder = try TemporaryFolder()
    try folder.write(".native/lib/libgalley-test.so")
    let near = try folder.write("a/.native/lib/libgalley-test.so")
    let found = try locator(executable: folder.path + "/a/b/c/galley").locate(library)
    #expect(found.path == near)
  }

  @Test("an installed program finds lib/galley/native beside bin")
  func installation() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("lib/galley/native/onnxruntime-1.0/lib/libgalley-test.so")
    #expect(try locator(executable: folder.path + "/bin/galley").locate(library).path == file)
  }

  @Test("where only one version will do it is found beside others; where it is missing another is given")
  func oneVersion() throws {
    let folder = try TemporaryFolder()
    let records = ["1", "2", "3"].map {
      """
      {"name": "onnxruntime", "version": "\($0)", "path": "o-\($0)", "main": "lib/x.so", "sha256": "aa", "licence": "MIT"}
      """
    }
    try folder.write("a/installed.json", "{\"format\": 1, \"libraries\": [\(records.joined(separator: ","))]}")
    for number in 1...3 { try folder.write("a/o-\(number)/lib/x.so") }
    for version in ["3", "1", "2"] { try folder.write("b/onnxruntime-\(version)/lib/libgalley-test.so") }
    for place in ["a", "b"] {
      let found = locator(environment: ["GALLEY_NATIVE": folder.path + "/" + place])
      #expect(try found.locate(library.ofVersion("2")).path.contains("-2/lib/"))
      #expect(try found.locate(library.ofVersion("4")).path.contains(place == "a" ? "-1/lib/" : "-3/lib/"))
    }
  }

  @Test("without installed.json the newest version wins, compared by number")
  func newestVersion() throws {
    let folder = try TemporaryFolder()
    for version in ["1.9.0", "1.31.1", "1.4.9"] {
      try folder.write("onnxruntime-\(version)/lib/libgalley-test.so")
    }
    try folder.write("onnxruntime-extra/lib/libgalley-test.so")
    let found = try locator(explicit: folder.path).locate(library)
    #expect(found.path == folder.path + "/onnxruntime-1.31.1/lib/libgalley-test.so")
  }

  @Test("the preferred file name wins")
  func preferredName() throws {
    let folder = try TemporaryFolder()
    try folder.write("lib/libgalley-test.so")
    let preferred = try folder.write("lib/libgalley-test.so.1")
    #expect(try locator(explicit: folder.path).locate(library).path == preferred)
  }

  @Test("nothing found lists every place and how to get the library")
  func nothingFound() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: NativeLibraryError.self) {
      try locator(executable: folder.path + "/bin/galley").locate(library)
    }
    #expect(error?.code == .notFound)
    #expect(error?.steps.map(\.origin) == [.program, .program, .pantry, .system])
    let text = error?.description ?? ""
    #expect(text.contains(folder.path + "/bin/.native"))
    #expect(text.contains(folder.path + "/lib/galley/native"))
    #expect(text.contains("dynamic linker"))
    #expect(text.contains("make setup"))
  }

  @Test("the system's linker is asked last, and tells the real path")
  func system() throws {
    let zlib = NativeLibrary(name: "c", displayName: "The C library", fileNames: ["libc.so.6"])
    let found = try locator().locate(zlib)
    #expect(found.origin == .system)
    #expect(found.path.hasPrefix("/"))
    #expect(found.path.hasSuffix("/libc.so.6"))
  }

  @Test("a resource is not looked for by the linker")
  func resource() throws {
    #expect(locator().search(.plotly).allSatisfy { $0.origin != .system })
  }

  @Test("a folder of a stranger above the program is not used", .enabled(if: geteuid() == 0, "needs root"))
  func stranger() throws {
    let folder = try TemporaryFolder()
    try folder.write(".native/lib/libgalley-test.so")
    try #require(chown(folder.path + "/.native", 12345, 12345) == 0)
    let error = #expect(throws: NativeLibraryError.self) {
      try locator(executable: folder.path + "/a/galley").locate(library)
    }
    #expect(error?.description.contains("belongs to another user") == true)
  }

  @Test("the running program's path is known")
  func runningProgram() {
    #expect(NativeLibraryLocator.runningExecutable.hasPrefix("/"))
  }
}
