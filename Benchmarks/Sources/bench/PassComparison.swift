// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Agent
import CPeer
import Comparisons
import Foundation
import Galley
import Measuring
import Metrics
import Runtimes
import TargetProtocol
import Tensors

/// The digits as Galley's prepared data and as the flat file that the C program reads.
struct DigitFiles {
  let prepared: String
  let flat: String
  let count: Int

  init(csv: String, folder: String) throws {
    var (pixels, classes, ids): ([UInt8], [Int], [String]) = ([], [], [])
    for line in try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n").dropFirst() {
      let cells = line.split(separator: ",")
      guard cells.count == 66, let label = Int(cells[1]) else { throw Failure("\(csv) has a line of another form") }
      ids.append(String(cells[0]))
      classes.append(label)
      pixels += cells.dropFirst(2).compactMap { UInt8($0) }
    }
    count = ids.count
    let items = try LabeledItems(
      ids: ids, inputs: Tensor(pixels, shape: [count, 8, 8, 1]), classes: classes, labels: (0..<10).map(String.init))
    prepared = folder + "/digits.safetensors"
    flat = folder + "/digits.bin"
    try PreparedData(subsets: [.test: items], preprocessing: Preprocessing(scale: 1 / 16)).write(to: prepared)
    var bytes = withUnsafeBytes(of: UInt32(count).littleEndian) { Data($0) }
    bytes.append(contentsOf: pixels)
    bytes.append(contentsOf: classes.map { UInt8($0) })
    try bytes.write(to: URL(filePath: flat))
  }
}

/// A whole pass, from the data set's file to the metrics, against the same in C.
struct PassComparison {
  var model: String
  var library: String
  var digits: DigitFiles

  func run() async throws -> Finding {
    let agent = AgentService(runtimes: Registry([.init(ONNXRuntime.self, as: { $0 })]))
    let open = OpenDataParameters(path: digits.prepared, subset: .test)
    let load = LoadParameters(
      model: try ModelFile(at: model, format: .onnx), runtime: try IngredientChoice(ONNXRuntime.self, .init()), batch: 1
    )
    var peer = PeerModel()
    guard peer_open(library, model, &peer) == 1 else { throw Failure("the C peer can't open the model") }
    var durations = [UInt64](repeating: 0, count: digits.count)
    var pairs: [(galley: Double, peer: Double)] = []
    for round in 0..<60 {
      var counts = PeerPass()
      let start = MonotonicClock.nanoseconds
      guard peer_pass(&peer, digits.flat, &counts, &durations, durations.count) == 1 else {
        throw Failure("the C pass failed")
      }
      let ofPeer = MonotonicClock.nanoseconds &- start
      let opening = MonotonicClock.nanoseconds
      let data = try await agent.openData(open)
      let opened = MonotonicClock.nanoseconds
      _ = try await agent.load(load)
      let loaded = MonotonicClock.nanoseconds
      let answers = try await agent.predict(PredictParameters())
      let quality = try ClassificationQuality(answers.predictions, labels: data.labels)
      let ofGalley = (MonotonicClock.nanoseconds &- loaded) &+ (opened &- opening)
      guard Int(counts.correct) == quality.classes.indices.reduce(0, { $0 + quality.confusion[$1][$1] }) else {
        throw Failure("Galley and the C peer answer differently")
      }
      let perItem = 1 / Double(digits.count) / 1000
      if round >= 5 { pairs.append((Double(ofGalley) * perItem, Double(ofPeer) * perItem)) }
    }
    return Finding(
      "whole pass per item, file to metrics", unit: "µs", pairs: pairs, bound: 2,
      repetitions: pairs.count * digits.count)
  }
}
