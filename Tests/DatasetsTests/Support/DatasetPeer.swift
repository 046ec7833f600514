// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import PeerSupport

/// Other programs that read and write data sets, in the virtual environment `.peers/datasets` (or the one that
/// `GALLEY_DATASET_PEERS` names).
enum DatasetPeer {
  private static let python = PeerPython(in: ".peers/datasets", orNamedBy: "GALLEY_DATASET_PEERS")

  static let hasMasks = python.finds("pycocotools")
  static let hasDatumaro = python.finds("datumaro")
  static let hasTorchvision = python.finds("torchvision")

  /// What a script of `Tests/Peers` prints, decoded.
  static func ask<Answer: Decodable>(_ script: String, _ arguments: [String] = []) throws -> Answer {
    try python.ask(script, arguments)
  }
}
