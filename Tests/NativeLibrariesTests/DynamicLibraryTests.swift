// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import Testing

@Suite("Loading native libraries")
struct DynamicLibraryTests {
  @Test("a symbol of a loaded library can be called")
  func callsSymbol() throws {
    typealias Absolute = @convention(c) (CInt) -> CInt
    let library = try DynamicLibrary.open("libc.so.6")
    let absolute = unsafeBitCast(try library.symbol("abs"), to: Absolute.self)
    #expect(absolute(-7) == 7)
    #expect(library.resolvedPath.hasSuffix("/libc.so.6"))
  }

  @Test("a missing file, a foreign file and a missing symbol are three different failures")
  func threeFailures() throws {
    let folder = try TemporaryFolder()
    let missing = #expect(throws: NativeLibraryError.self) { try DynamicLibrary.open(folder.path + "/no.so") }
    #expect(missing?.code == .notFound)
    #expect(missing?.reason == "No such file or directory")

    let text = try folder.write("text.so", "This is not a library, though it is long enough to hold a header of one.")
    let foreign = #expect(throws: NativeLibraryError.self) { try DynamicLibrary.open(text) }
    #expect(foreign?.code == .notLoadable)
    #expect(foreign?.reason.contains("invalid ELF header") == true)
    #expect(foreign?.path == text)

    let library = try DynamicLibrary.open("libc.so.6")
    let lacking = #expect(throws: NativeLibraryError.self) { try library.symbol("galley_no_such_symbol") }
    #expect(lacking?.code == .symbolMissing)
    #expect(lacking?.description.contains("'galley_no_such_symbol'") == true)
    #expect(library.optionalSymbol("galley_no_such_symbol") == nil)
  }

  @Test("an empty file and a folder are not loadable", arguments: ["empty.so", "."])
  func notLibraries(name: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("empty.so", "")
    let error = #expect(throws: NativeLibraryError.self) { try DynamicLibrary.open(folder.path + "/" + name) }
    #expect(error?.code == .notLoadable)
  }

  @Test("a truncated library is refused with the linker's words")
  func truncated() throws {
    let folder = try TemporaryFolder()
    let whole = try Data(contentsOf: URL(filePath: try DynamicLibrary.open("libm.so.6").resolvedPath))
    let path = folder.path + "/short.so"
    try whole.prefix(200).write(to: URL(filePath: path))
    let error = #expect(throws: NativeLibraryError.self) { try DynamicLibrary.open(path) }
    #expect(error?.code == .notLoadable)
    #expect(error?.reason.isEmpty == false)
  }

  @Test("an unsupported version is told with both versions and the remedy")
  func unsupportedVersion() {
    let error = NativeLibraryError.versionUnsupported(
      .onnxRuntime, path: "/x/lib.so", found: "1.2", needed: "1.17 or newer")
    #expect(error.code == .versionUnsupported)
    #expect(
      error.description == """
        ONNX Runtime can't be used (/x/lib.so): it is version 1.2, and 1.17 or newer is needed; \
        to get the pinned version, run 'make setup', or 'python3 Native/bootstrap.py --only onnxruntime'.
        """)
  }
}
