// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// Python with PyTorch, torchvision, onnx and onnxruntime.
enum Peer {
  static let python = Native.package.appending(path: ".peers/bin/python3").path()
  static let isAvailable = FileManager.default.isExecutableFile(atPath: python) && hasTorchvision()
  static let absence: Comment = "\(python) with torchvision is missing: run Native/peers.sh"

  private struct Failure: Error {
    let words: String
  }

  private static func hasTorchvision() -> Bool {
    let check = "import importlib.util, sys; sys.exit(importlib.util.find_spec('torchvision') is None)"
    return (try? run(["-c", check])) != nil
  }

  /// What a script of `Tests/Peers` prints.
  static func ask(_ script: String, _ arguments: [String]) throws -> Data {
    try run(["-B", Native.package.appending(path: "Tests/Peers/\(script)").path()] + arguments)
  }

  private static func run(_ arguments: [String]) throws -> Data {
    let process = Process()
    let (output, errors) = (Pipe(), FileManager.default.temporaryDirectory.appending(path: UUID().uuidString))
    try Data().write(to: errors)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.executableURL = URL(filePath: python)
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(words: (try? String(contentsOf: errors, encoding: .utf8)) ?? "")
    }
    return data
  }
}
