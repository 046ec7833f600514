// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport
import Testing

/// Python with PyTorch, torchvision, onnx and onnxruntime.
enum Peer {
  private static let python = PeerPython()
  static let isAvailable = python.finds("torchvision")
  static let absence: Comment = "\(python.executable.path) with torchvision is missing: run Native/peers.sh"

  /// What a script of `Tests/Peers` prints.
  static func ask(_ script: String, _ arguments: [String]) throws -> Data {
    try python.run(script: "Tests/Peers/\(script)", arguments)
  }
}
