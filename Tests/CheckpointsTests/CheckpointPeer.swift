// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Checkpoints
import Files
import Foundation
import PeerSupport
import Tensors
import Testing

/// PyTorch in the virtual environment `.peers`.
enum CheckpointPeer {
  private static let python = PeerPython()
  static let absence = "there is no torchvision in .peers; Native/peers.sh installs it"
  static let isPresent = python.finds("torch", "torchvision")

  /// What `torch_checkpoint_peer.py` prints.
  static func write(to folder: String) throws -> [String: ExpectedFile] {
    try python.ask("torch_checkpoint_peer.py", [folder])
  }
}

/// What torch.load reads from a file.
struct ExpectedFile: Decodable {
  var path: String
  var tensors: [ExpectedTensor]
}

/// A tensor as PyTorch describes it, with the SHA-256 of its contiguous bytes.
struct ExpectedTensor: Decodable, Equatable {
  var name: String
  var type: String
  var shape: [Int]
  var digest: String

  init(_ name: String, _ tensor: Tensor) {
    self.name = name
    type = "\(tensor.elementType)"
    shape = tensor.shape
    digest = Digest(of: Data(tensor.bytes)).hex
  }
}

/// The small checkpoints of the folder Fixtures.
enum Fixture {
  static func url(_ name: String) -> URL {
    URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
  }

  static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(name))) }
}
