// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Testing

/// The files beside this one.
enum Fixture {
  static func path(_ name: String, in file: String = #filePath) -> String {
    URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
  }

  static func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path(name)))) }

  static func json<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(contentsOf: URL(filePath: path(name))))
  }
}

/// A folder that is deleted after its use.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "galley-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// Writes a file into a folder and gives its path.
@discardableResult func write(_ bytes: some Sequence<UInt8>, _ name: String, in folder: String) throws -> String {
  let url = URL(filePath: folder).appending(path: name)
  try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
  try Data(bytes).write(to: url)
  return url.path
}

/// The error that a call ends with.
func refusal(_ body: () throws -> Void) throws -> GalleyError {
  do {
    try body()
  } catch let error as GalleyError {
    return error
  }
  throw NothingRefused()
}

struct NothingRefused: Error {}

/// Numbers that are the same in every run (SplitMix64; Steele, Lea, Flood, OOPSLA 2014).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
