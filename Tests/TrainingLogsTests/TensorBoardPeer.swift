// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

/// Python in the virtual environment `.peers` (or the one that `GALLEY_TENSORBOARD_PEERS` names), with TensorBoard.
enum TensorBoardPeer {
  private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static let python: URL = {
    let stated = ProcessInfo.processInfo.environment["GALLEY_TENSORBOARD_PEERS"].map { URL(filePath: $0) }
    return (stated ?? root.appending(path: ".peers")).appending(path: "bin/python3")
  }()

  static let absence = "there is no tensorboard in .peers; Native/peers.sh installs it"
  static let isPresent: Bool = {
    guard FileManager.default.isExecutableFile(atPath: python.path) else { return false }
    let test = "import importlib.util, sys; sys.exit(importlib.util.find_spec('tensorboard') is None)"
    return (try? run(["-c", test])) != nil
  }()
  static let pythonIsPresent = FileManager.default.isExecutableFile(atPath: python.path)

  struct Answer: Decodable {
    struct Point: Decodable {
      var step: Int
      var time: Double
      var value: Double?
    }
    var version: Double
    var tags: [String: [Point]]
  }

  private struct Failure: Error {
    var status: Int32
  }

  /// What TensorBoard reads from a folder.
  static func read(_ folder: String) throws -> Answer {
    let script = root.appending(path: "Tests/Peers/tensorboard_peer.py").path
    return try JSONDecoder().decode(Answer.self, from: run(["-B", script, folder]))
  }

  /// What a line of Python prints.
  static func python(_ program: String, _ arguments: [String]) throws -> String {
    String(decoding: try run(["-c", program] + arguments), as: UTF8.self)
  }

  private static func run(_ arguments: [String]) throws -> Data {
    let process = Process()
    let output = Pipe()
    process.executableURL = python
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(status: process.terminationStatus) }
    return data
  }
}

/// A folder that is removed when the test ends.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "logs-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func text(_ name: String) throws -> String { try String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

  func append(_ text: String, to name: String) throws {
    let url = URL(filePath: "\(path)/\(name)")
    try (Data(contentsOf: url) + Data(text.utf8)).write(to: url)
  }
}
