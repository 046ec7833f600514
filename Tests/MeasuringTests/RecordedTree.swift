// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Measuring

/// A copy of a recorded tree whose files a test may change, while they are open too.
final class RecordedTree {
  let root: URL
  let files: SystemFiles

  init(_ name: String, in file: String = #filePath) throws {
    root = FileManager.default.temporaryDirectory.appending(path: "galley-tree-\(UUID().uuidString)")
    let fixtures = URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures")
    try FileManager.default.copyItem(atPath: fixtures.appending(path: name).path, toPath: root.path)
    files = SystemFiles(root: root.path)
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  /// Writes into the very file, as the kernel seems to do.
  func set(_ path: String, _ text: String) throws { try Data(text.utf8).write(to: URL(filePath: root.path + path)) }

  /// Changes a file's text.
  func replace(_ path: String, _ old: String, _ new: String) throws {
    let text = try String(contentsOf: URL(filePath: root.path + path), encoding: .utf8)
    try set(path, text.replacing(old, with: new))
  }

  /// What a recorder sees at the times given, in seconds; `change` comes before each of them.
  func record(
    at times: [Double], processes: [(Int32, String)] = [], gpuLibrary: String? = nil,
    change: (Int, inout ResourceRecorder) throws -> Void = { _, _ in }
  ) throws -> ResourceSeries {
    var recorder = ResourceRecorder(files, gpuLibrary: gpuLibrary, start: 1_000, startTime: 1e9)
    for (process, name) in processes { recorder.add(process, named: name) }
    for (index, time) in times.enumerated() {
      try change(index, &recorder)
      recorder.sample(at: 1_000 + UInt64(time * 1e9))
    }
    return recorder.series(interval: 1, cost: SamplingCost(processorSeconds: 0.001, seconds: 1, missed: 0))
  }
}

extension ResourceSeries {
  /// The values of one sensor; `nil` if there is no such sensor.
  func values(_ quantity: ResourceQuantity, _ subject: String?, _ source: String? = nil) -> [Double?]? {
    sensors.first { $0.quantity == quantity && $0.subject == subject && (source ?? $0.source) == $0.source }?.values
  }

  /// Why a quantity is absent.
  func reason(_ quantity: ResourceQuantity, _ subject: String? = nil) -> String? {
    absent.first { $0.quantity == quantity && $0.subject == subject }?.reason
  }

  func subjects(_ quantity: ResourceQuantity) -> [String] { sensors(quantity).compactMap(\.subject) }
}
