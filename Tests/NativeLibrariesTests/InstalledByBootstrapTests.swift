// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import Testing

/// `.native` of this checkout, filled by Native/bootstrap.py.
private let native: String = {
  let file = URL(filePath: #filePath).resolvingSymlinksInPath()
  let root = file.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return root.appending(path: ".native").path
}()

@Suite(
  "What the bootstrap installs",
  .enabled(if: FileManager.default.fileExists(atPath: native + "/installed.json"), "\(native) is missing: make setup"))
struct InstalledByBootstrapTests {
  let locator = NativeLibraryLocator(environment: ["GALLEY_NATIVE": native], executable: "")

  @Test("ONNX Runtime is found with its version, loads, and has the symbol of its function table")
  func onnxRuntime() throws {
    let located = try locator.locate(.onnxRuntime)
    #expect(located.version == "1.31.1")
    #expect(located.digest?.count == 64)
    #expect(try DynamicLibrary.open(located).optionalSymbol("OrtGetApiBase") != nil)
  }

  @Test("OpenVINO is found with its version, loads with the libraries beside it, and has its first function")
  func openVINO() throws {
    let located = try locator.locate(.openVINO)
    #expect(located.version == "2026.4.1")
    #expect(located.digest?.count == 64)
    #expect(try DynamicLibrary.open(located).optionalSymbol("ov_core_create") != nil)
  }

  @Test("Plotly is found and is a script")
  func plotly() throws {
    let located = try locator.locate(.plotly)
    let script = try String(contentsOfFile: located.path, encoding: .utf8)
    #expect(script.contains("plotly.js v"))
  }

  @Test("the shim over LibTorch is found")
  func galleyTorch() throws {
    #expect(try locator.locate(.galleyTorch).path.hasSuffix("/lib/libgalley_torch.so"))
  }
}
