// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Checkpoints
import Files
import Foundation
import Tensors
import Testing

/// PyTorch in the virtual environment `.peers`.
enum CheckpointPeer {
  private static let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let python = root.appending(path: ".peers/bin/python3")

  static let absence = "there is no torchvision in .peers; Native/peers.sh installs it"
  static let isPresent: Bool = {
    guard FileManager.default.isExecutableFile(atPath: python.path) else { return false }
    let test = "import importlib.util as u, sys; sys.exit(not (u.find_spec('torch') and u.find_spec('torchvision')))"
    return (try? run(["-c", test])) != nil
  }()

  struct Failure: Error {
    var status: Int32
  }

  /// What `torch_checkpoint_peer.py` prints.
  static func write(to folder: String) throws -> [String: ExpectedFile] {
    let script = root.appending(path: "Tests/Peers/torch_checkpoint_peer.py").path
    return try JSONDecoder().decode([String: ExpectedFile].self, from: run(["-B", script, folder]))
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
