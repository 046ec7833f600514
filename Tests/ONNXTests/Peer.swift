// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

/// ONNX and ONNX Runtime for Python, in the virtual environment `.peers`.
enum Peer {
  static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
  private static let python =
    folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: ".peers/bin/python3")

  static var isPresent: Bool { FileManager.default.isExecutableFile(atPath: python.path) }
  static let absence = "there is no .peers/bin/python3; Native/peers.sh makes it"

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  /// What a script of the folder Peers prints, decoded from JSON.
  static func run<Answer: Decodable>(_ script: String, _ arguments: [String], as type: Answer.Type) throws -> Answer {
    let process = Process()
    process.executableURL = python
    process.arguments = ["-B", folder.appending(path: "Peers/\(script)").path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(
        description: "\(script) ended with \(process.terminationStatus): \(String(decoding: data, as: UTF8.self))")
    }
    return try JSONDecoder().decode(type, from: data)
  }
}

/// A folder that is removed when the test ends.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "onnx-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String) -> URL { url.appending(path: name) }
}
