// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Workers

/// A folder of a test's own, with a home and the files of workers.
struct Workbench {
  let folder: String
  let home: WorkerHome

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "workers-\(UUID().uuidString)")
      .path(percentEncoded: false)
    home = WorkerHome(root: "\(folder)/home")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  /// Writes a file.
  @discardableResult
  func write(_ text: String, _ name: String) throws -> String {
    let path = "\(folder)/\(name)"
    try Data(text.utf8).write(to: URL(filePath: path))
    return path
  }

  /// Writes a program that a shell runs.
  func writeScript(_ text: String, _ name: String) throws -> String {
    let path = try write("#!/bin/sh\n\(text)\n", name)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return path
  }

  /// What a command line says of a file of this folder.
  func program(_ name: String) throws -> WorkerProgram { try WorkerProgram(argument: "\(folder)/\(name)") }

  /// The environment of this process.
  static let variables = ProcessInfo.processInfo.environment.filter { $0.key != PythonInterpreter.variable }

  /// A data set of four items of two classes, and an option.
  static let dataset = """
    import galley

    class Stripes(galley.Dataset):
        "Stripes, upright and lying."
        taxonomy = "data.classification.stripes"
        options = {"count": galley.Option(4, "Items.", minimum=2, maximum=1000)}
        description = {"name": "stripes", "licence": "CC0-1.0", "citation": "nobody", "source": "here"}

        def items(self):
            print("the user's words")
            inputs = [[[[255 if (y if index % 2 else x) % 2 else 0] for x in range(8)] for y in range(8)]
                      for index in range(self.count)]
            flat = bytes(v for item in inputs for row in item for pixel in row for v in pixel)
            return galley.LabeledItems(
                [f"s{index}" for index in range(self.count)], SHAPED(flat, self.count),
                [index % 2 for index in range(self.count)], ["upright", "lying"],
                ["train" if index % 4 < 2 else "test" for index in range(self.count)])

    def SHAPED(flat, count):
        try:
            import numpy
        except ImportError:
            return galley.Tensor(flat, "uint8", (count, 8, 8, 1))
        return numpy.frombuffer(flat, dtype=numpy.uint8).reshape(count, 8, 8, 1)
    """
}
