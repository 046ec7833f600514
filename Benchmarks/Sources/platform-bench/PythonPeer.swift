// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation

/// Python's sqlite3 in a process that stays, so that it is as warm as what it is compared with.
final class PythonPeer {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  init(database: String) throws {
    let script = """
      import sqlite3, sys, time
      connection = sqlite3.connect(sys.argv[1])
      connection.execute('PRAGMA mmap_size = 1073741824')
      columns = 'id, path, digest, media_type, size_bytes, width_px, height_px, is_hidden, metadata_json, created_unix_s, updated_unix_s'
      for line in sys.stdin:
        query = f'SELECT {columns} FROM item WHERE dataset = 1 AND is_hidden = 0 AND ' + line.strip()
        start = time.perf_counter()
        rows = connection.execute(query).fetchall()
        print(len(rows), time.perf_counter() - start, flush=True)
      """
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, database]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// How many rows a condition gives, and how long that took.
  func ask(_ condition: String) throws -> (rows: Int, seconds: Double) {
    input.fileHandleForWriting.write(Data("\(condition)\n".utf8))
    var line = Data()
    while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
      line += byte
    }
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 2, let rows = Int(words[0]), let seconds = Double(words[1]) else {
      throw Failure(description: "Python's sqlite3 failed on: \(condition)")
    }
    return (rows, seconds)
  }
}
