// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Runtimes
import Tensors
import Testing

/// A delegate of the tests' own, built with the system's C compiler.
private enum TestDelegate {
  static let compiler: String? = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }

  static func build(in folder: String) throws -> String {
    let library = folder + "/libdelegate.so"
    let process = Process()
    process.executableURL = URL(filePath: try #require(compiler))
    process.arguments = ["-O1", "-shared", "-fPIC", "-o", library, Fixture.path("delegate.c")]
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0)
    return library
  }
}

@Suite(
  "LiteRT with a delegate",
  .enabled(if: isLiteRTHere && TestDelegate.compiler != nil, "libLiteRt.so or a C compiler is not installed"))
struct LiteRTDelegateTests {
  private let input: ModelValue

  init() throws { input = .tensor(try Tensor([Float]([3, -4]), shape: [2])) }

  private func withRuntime<Result>(
    _ options: [String], _ body: (LiteRTRuntime, _ path: String) throws -> Result
  ) throws -> Result {
    try withTemporaryFolder { folder in
      let path = try TestDelegate.build(in: folder)
      return try body(LiteRTRuntime(.init(delegate: path, delegateOptions: options)), path)
    }
  }

  @Test func `runs operators that only the delegate knows`() throws {
    try withRuntime(["mode=all", "other=a=b"]) { runtime, path in
      let model = try runtime.compile(Fixture.liteRT("custom"))
      #expect(model.configuration["delegate"] == path)
      #expect(model.configuration["delegateOptions"] == "mode=all, other=a=b")
      #expect(model.configuration["fullyDelegated"] == "true")
      #expect(model.configuration["accelerators"] == "GalleyDelegate \(path), CpuAccelerator")
      #expect(try model.run([input]).first?.tensor?.values(as: Float.self) == [6, -8])
      let sessions = try (0..<3).map { _ in try model.makeSession(inputShapes: [[2]]) }
      for session in sessions { try session.run() }
    }
  }

  @Test func `asks the delegate before the processor's accelerator`() throws {
    try withRuntime(["mode=all"]) { runtime, _ in
      let model = try runtime.compile(Fixture.liteRT("affine"))
      // 2 x + 1 becomes 2 x: the delegate took both operators.
      let row = ModelValue.tensor(try Tensor([Float]([1, 2, 3, 4]), shape: [1, 4]))
      #expect(try model.run([row]).first?.tensor?.values(as: Float.self) == [2, 4, 6, 8])
    }
  }

  @Test func `leaves to the processor what the delegate doesn't take`() throws {
    try withRuntime(["mode=none"]) { runtime, _ in
      let model = try runtime.compile(Fixture.liteRT("affine"))
      #expect(model.configuration["fullyDelegated"] == "false")
      #expect(model.configuration["fullyAccelerated"] == "true")
      let row = ModelValue.tensor(try Tensor([Float]([1, 2, 3, 4]), shape: [1, 4]))
      #expect(try model.run([row]).first?.tensor?.values(as: Float.self) == [3, 5, 7, 9])
    }
  }

  @Test func `gives the delegate's own words if it refuses`() throws {
    try withRuntime(["mode=refuse"]) { runtime, path in
      let error = #expect(throws: GalleyError.self) { try runtime.compile(Fixture.liteRT("affine")) }
      #expect(error?.why.contains("the delegate \(path) refuses: no device; refuse") == true)
    }
  }

  @Test func `refuses libraries that are missing or no delegates`() throws {
    let missing = #expect(throws: GalleyError.self) {
      try LiteRTRuntime(.init(delegate: "/nowhere/lib.so")).compile(Fixture.liteRT("affine"))
    }
    #expect(missing?.exitCode == .missingInput && missing?.place == "/nowhere/lib.so")
    guard case .available(_, let library) = LiteRTRuntime.availability() else { return }
    let other = #expect(throws: GalleyError.self) {
      try LiteRTRuntime(.init(delegate: library)).compile(Fixture.liteRT("affine"))
    }
    #expect(other?.exitCode == .unavailable)
    #expect(other?.why.contains("tflite_plugin_create_delegate") == true)
  }
}
