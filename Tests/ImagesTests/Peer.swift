// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Images

/// Pillow and torchvision, in the virtual environment `.peers` or the one whose Python `GALLEY_IMAGE_PEERS` names.
enum Peer {
  private static let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
  private static let python =
    ProcessInfo.processInfo.environment["GALLEY_IMAGE_PEERS"]
    ?? folder.deletingLastPathComponent().deletingLastPathComponent().appending(path: ".peers/bin/python3").path

  static let absence = "Pillow and torchvision are not in .peers; Native/peers.sh makes it"
  static let hasPillow = canRun(["-c", "import PIL, numpy"])
  static let hasTorchvision = canRun([folder.appending(path: "Peers/transforms.py").path])

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private static func canRun(_ arguments: [String]) -> Bool {
    guard FileManager.default.isExecutableFile(atPath: python) else { return false }
    return (try? start(["-B", "-W", "ignore"] + arguments)) != nil
  }

  /// Runs a script of the folder Peers, which writes into a folder.
  static func run(_ script: String, _ arguments: [String]) throws {
    try start(["-B", "-W", "ignore", folder.appending(path: "Peers/\(script)").path] + arguments)
  }

  private static func start(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: python)
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failure(description: "\(arguments) ended with \(process.terminationStatus): \(text)")
    }
  }
}

/// A folder that is removed when the test ends.
final class TemporaryFolder {
  let url: URL

  init() throws {
    url = FileManager.default.temporaryDirectory.appending(path: "images-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appending(path: name).path }
  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: url.appending(path: name))) }
  func decoded<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: url.appending(path: name)))
  }
}

/// How far samples are from those that are expected.
struct Distance: CustomStringConvertible {
  var largest = 0
  var sum = 0
  var differing = 0
  var count = 0

  init() {}

  init(_ image: Image, _ expected: [UInt16]) {
    let samples = image.samples
    guard samples.count == expected.count else {
      (largest, sum, differing, count) = (Int.max, 1, 1, 1)
      return
    }
    for (a, b) in zip(samples, expected) {
      let distance = abs(Int(a) - Int(b))
      largest = max(largest, distance)
      sum += distance
      if distance > 0 { differing += 1 }
    }
    count = samples.count
  }

  mutating func merge(_ other: Distance) {
    largest = max(largest, other.largest)
    sum &+= other.sum
    differing += other.differing
    count += other.count
  }

  var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

  var description: String {
    let share = count == 0 ? 0 : 100 * Double(differing) / Double(count)
    return "largest \(largest), mean \(String(format: "%.4f", mean)), \(String(format: "%.3f", share)) % differ"
  }
}
