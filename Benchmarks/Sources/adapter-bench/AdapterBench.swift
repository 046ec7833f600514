// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Images
import Platform

/// What the functions around an adapter add to its `predict`, in Swift and through a worker in Python, and how long such
/// a worker takes to start.
///
///     adapter-bench FOLDER PACKAGE [PYTHON]
///
/// The folder holds the drawn items; the package is the folder with Galley's Python package.
@main
struct AdapterBench {
  private static let batch = 32

  static func main() async {
    do {
      exit(try await run() ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("adapter-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() async throws -> Bool {
    let words = Array(CommandLine.arguments.dropFirst())
    guard words.count >= 2 else { throw Failure(description: "usage: adapter-bench FOLDER PACKAGE [PYTHON]") }
    let python = PythonHost(package: words[1], executable: words.count > 2 ? words[2] : "python3", folder: words[0])
    let store = try DrawnPictures.store(words[0])
    var holds = try await swift(store)
    holds = try await throughPython(store, python) && holds
    return try await starts(python) && holds
  }

  // MARK: In Swift

  private static func swift(_ store: PlatformStore) async throws -> Bool {
    let files = try await added(store, BusyAdapter(.file, microseconds: 0), in: DrawnPictures.small)
    let images = try await added(store, BusyAdapter(.image, microseconds: 2000), in: DrawnPictures.large)
    return [
      show("Swift, items as files, predict takes nothing", files, bound: 50),
      show("Swift, 224 × 224 PNG decoded meanwhile, predict takes 2 ms an item", images, bound: 50),
    ].allSatisfy { $0 }
  }

  /// Microseconds for each item beyond those in `predict`: the median of some runs.
  private static func added(
    _ store: PlatformStore, _ adapter: BusyAdapter, in dataset: String
  ) async throws -> Double {
    let count = try store.counts(ofDataset: dataset).items
    var found: [Double] = []
    for round in 0...3 {
      let model = AdaptedModel(
        DrawnPictures.model, in: store, adapter: adapter, settings: AdapterSettings(batchSize: batch))
      try await model.loadFromModel()
      let before = adapter.seconds
      let start = ContinuousClock.now
      let report = try await model.predictDataset(dataset)
      let seconds = start.duration(to: .now) / .seconds(1)
      guard report.counts.ok == count else { throw Failure(description: "\(report.counts)") }
      // The first round warms up.
      if round > 0 { found.append((seconds - (adapter.seconds - before)) / Double(count) * 1e6) }
    }
    return found.sorted()[found.count / 2]
  }

  // MARK: In Python

  private static func throughPython(_ store: PlatformStore, _ python: PythonHost) async throws -> Bool {
    let adapter = try await PythonAdapter.start(python.program(PythonHost.busy))
    let entity = try store.model(DrawnPictures.model)
    _ = try await adapter.load(python.folder, for: AdapterModel(entity, for: adapter.card))
    let items = try store.allItems(Filters(.items), in: DrawnPictures.large).prefix(batch)
      .map { AdapterItem($0, in: store) }
    let prepared = try items.map { try adapter.prepareItem($0) }
    var found: [Double] = []
    for round in 0...100 {
      let start = ContinuousClock.now
      let answers = try await adapter.predict(AdapterBatch(items: items, prepared: prepared))
      let seconds = start.duration(to: .now) / .seconds(1)
      guard answers.count == batch else { throw Failure(description: "\(answers.count) answers") }
      if round > 0 { found.append(seconds / Double(batch) * 1e6) }
    }
    let call = found.sorted()[found.count / 2]
    let whole = try await wholeRun(store, adapter)
    await adapter.stop()
    return [
      show("Python, 224 × 224 × 3 in shared memory, predict takes nothing", call, bound: 200),
      show("Python, a whole run over PNG, predict takes 2 ms an item", whole, bound: 200),
    ].allSatisfy { $0 }
  }

  private static func wholeRun(_ store: PlatformStore, _ adapter: PythonAdapter) async throws -> Double {
    let count = try store.counts(ofDataset: DrawnPictures.large).items
    var found: [Double] = []
    for round in 0...3 {
      let model = AdaptedModel(
        DrawnPictures.slowModel, in: store, adapter: adapter, settings: AdapterSettings(batchSize: batch))
      try await model.loadFromModel()
      let start = ContinuousClock.now
      let report = try await model.predictDataset(DrawnPictures.large)
      let seconds = start.duration(to: .now) / .seconds(1)
      guard report.counts.ok == count, let predicting = try await adapter.evaluate([])["seconds"] else {
        throw Failure(description: "\(report.counts)")
      }
      if round > 0 { found.append((seconds - predicting) / Double(count) * 1e6) }
    }
    return found.sorted()[found.count / 2]
  }

  private static func show(_ words: String, _ microseconds: Double, bound: Double) -> Bool {
    print(
      String(
        format: "%@ %7.1f µs an item (bound %3.0f µs)  %@", microseconds <= bound ? "✓" : "✗", microseconds, bound,
        words))
    return microseconds <= bound
  }

  // MARK: Start

  /// A worker beside the shortest program that imports the same.
  private static func starts(_ python: PythonHost) async throws -> Bool {
    let bound = 0.15
    var (own, other): ([Double], [Double]) = ([], [])
    for round in 0...10 {
      var start = ContinuousClock.now
      let adapter = try await PythonAdapter.start(python.program(PythonHost.busy))
      let seconds = start.duration(to: .now) / .seconds(1)
      await adapter.stop()
      start = .now
      try python.importNumPy()
      let peer = start.duration(to: .now) / .seconds(1)
      if round > 0 {
        own.append(seconds)
        other.append(peer)
      }
    }
    let (median, peerMedian) = (own.sorted()[own.count / 2], other.sorted()[other.count / 2])
    let holds = median <= peerMedian + bound
    print(
      String(
        format:
          "%@ %7.1f ms (python3 -c 'import numpy' %.1f ms, bound that and %.0f ms)  a worker's start with describe",
        holds ? "✓" : "✗", median * 1e3, peerMedian * 1e3, bound * 1e3))
    return holds
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
}
