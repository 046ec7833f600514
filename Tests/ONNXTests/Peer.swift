// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport

/// ONNX and ONNX Runtime for Python, in the virtual environment `.peers`.
enum Peer {
  static let folder = PeerPython.root.appending(path: "Tests/ONNXTests")
  private static let python = PeerPython()

  static var isPresent: Bool { python.isPresent }
  static let absence = "there is no .peers/bin/python3; Native/peers.sh makes it"

  /// What a script of the folder Peers prints, decoded from JSON.
  static func run<Answer: Decodable>(_ script: String, _ arguments: [String], as type: Answer.Type) throws -> Answer {
    try JSONDecoder().decode(type, from: python.run(script: "Tests/ONNXTests/Peers/\(script)", arguments))
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
