// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import NativeLibraries
import ONNX
import Testing

/// Examples/torch-alone, as a user runs it.
@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct ExampleTests {
  @Test func theExampleTellsTheSpiralsApartAndExportsItsNetwork() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).onnx")
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    let output = Pipe()
    let program = try #require(Self.program, "torch-alone is not built")
    process.executableURL = program
    process.arguments = [file.path()]
    var environment = ProcessInfo.processInfo.environment
    environment["GALLEY_NATIVE"] = environment["GALLEY_NATIVE"] ?? Reference.package.appending(path: ".native").path()
    process.environment = environment
    process.standardOutput = output
    try process.run()
    let words = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    let right = words.split(separator: "\n").first { $0.hasPrefix("right: ") }?.split(separator: " ")[1]
    #expect(try #require(right.flatMap { Int($0) }) >= 190, "\(words)")
    #expect(try Model(contentsOf: file).nodes.map(\.operatorType) == ["Gemm", "Tanh", "Gemm", "Tanh", "Gemm"])
  }

  /// The program beside the tests.
  private static var program: URL? {
    let program = URL(filePath: NativeLibraryLocator.runningExecutable).deletingLastPathComponent()
      .appending(path: "torch-alone")
    return FileManager.default.isExecutableFile(atPath: program.path()) ? program : nil
  }
}
