// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

/// Other programs that read and write data sets, in the virtual environment `.peers/datasets` (or the one that
/// `GALLEY_DATASET_PEERS` names).
enum DatasetPeer {
  private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  private static let python: URL = {
    let stated = ProcessInfo.processInfo.environment["GALLEY_DATASET_PEERS"].map { URL(filePath: $0) }
    return (stated ?? root.appending(path: ".peers/datasets")).appending(path: "bin/python3")
  }()

  static let hasMasks = has("pycocotools")
  static let hasDatumaro = has("datumaro")
  static let hasTorchvision = has("torchvision")

  private static func has(_ module: String) -> Bool {
    guard FileManager.default.isExecutableFile(atPath: python.path) else { return false }
    return (try? run(["-c", "import importlib.util, sys; sys.exit(importlib.util.find_spec('\(module)') is None)"]))
      != nil
  }

  private struct Failure: Error {
    var status: Int32
    var output: String
  }

  /// What a script of `Tests/Peers` prints, decoded.
  static func ask<Answer: Decodable>(_ script: String, _ arguments: [String] = []) throws -> Answer {
    let output = try run(["-B", root.appending(path: "Tests/Peers/\(script)").path] + arguments)
    return try JSONDecoder().decode(Answer.self, from: output)
  }

  private static func run(_ arguments: [String]) throws -> Data {
    let process = Process()
    let output = Pipe()
    process.executableURL = python
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = Foundation.FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(status: process.terminationStatus, output: String(decoding: data, as: UTF8.self))
    }
    return data
  }
}
