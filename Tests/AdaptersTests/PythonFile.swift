// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import PeerSupport
import Synchronization
import WorkerProtocol

/// An adapter's file in Python, hosted by the package that Galley embeds.
final class PythonFile: Sendable {
  let path: String
  private let folder: String
  private let lines = Mutex<[String]>([])

  init(_ text: String) throws {
    folder = FileManager.default.temporaryDirectory.path + "/adapter-file-\(UUID().uuidString)"
    path = folder + "/adapter.py"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// What the worker wrote for people.
  var log: [String] { lines.withLock { $0 } }

  /// A file that an adapter may write into.
  var note: String { folder + "/note" }

  func start(python: String = "python3") async throws -> PythonAdapter {
    let package = PeerPython.root.appending(path: "Sources/Workers/Python").path
    let command = HostProgram(
      executable: python, arguments: ["-B", "-u", "-m", "galley.worker", path],
      environment: ["PYTHONPATH": package, "PYTHONSAFEPATH": "1", "NOTE": note], name: "adapter.py")
    return try await PythonAdapter.start(command) { [weak self] line in
      self?.lines.withLock { $0.append(line.message) }
    }
  }
}
