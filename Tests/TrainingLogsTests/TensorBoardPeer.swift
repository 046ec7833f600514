// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport

/// Python in the virtual environment `.peers` (or the one that `GALLEY_TENSORBOARD_PEERS` names), with TensorBoard.
enum TensorBoardPeer {
  private static let python = PeerPython(orNamedBy: "GALLEY_TENSORBOARD_PEERS")
  static let absence = "there is no tensorboard in .peers; Native/peers.sh installs it"
  static let isPresent = python.finds("tensorboard")
  static let pythonIsPresent = python.isPresent

  struct Answer: Decodable {
    struct Point: Decodable {
      var step: Int
      var time: Double
      var value: Double?
    }
    var version: Double
    var tags: [String: [Point]]
  }

  /// What TensorBoard reads from a folder.
  static func read(_ folder: String) throws -> Answer { try python.ask("tensorboard_peer.py", [folder]) }

  /// What a line of Python prints.
  static func python(_ program: String, _ arguments: [String]) throws -> String {
    String(decoding: try python.run(["-c", program] + arguments), as: UTF8.self)
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
