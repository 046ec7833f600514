// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation

/// How workers in Python are started here.
struct PythonHost {
  /// The folder with Galley's package.
  let package: String
  let executable: String
  /// Where adapters' files are written.
  let folder: String

  /// Answers everything alike, after as many milliseconds for each item as the model says.
  static let busy = """
    import time
    import galley

    class Busy(galley.ModelAdapter):
        def load(self, folder):
            self.pause = self.configuration.get("milliseconds", 0) / 1000

            self.seconds = 0.0

        def predict(self, batch):
            start = time.perf_counter()
            if self.pause:
                time.sleep(self.pause * len(batch))
            answers = [[galley.Classification("busy", confidence=0.5)] for _ in batch]
            self.seconds += time.perf_counter() - start
            return answers

        def evaluate(self, items, truth, predictions):
            return {"seconds": self.seconds}
    """

  func program(_ text: String) throws -> HostProgram {
    let path = "\(folder)/busy.py"
    try Data(text.utf8).write(to: URL(filePath: path))
    return HostProgram(
      executable: executable, arguments: ["-u", "-m", "galley.worker", path],
      environment: ["PYTHONPATH": package, "PYTHONSAFEPATH": "1"])
  }

  /// The shortest program that imports what such a worker does.
  func importNumPy() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [executable, "-c", "import numpy"]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure(description: "\(executable) has no NumPy") }
  }
}
