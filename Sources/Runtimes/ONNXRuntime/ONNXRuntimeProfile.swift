// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// A profile that ONNX Runtime wrote: events in the form of Chrome's trace viewer, times in microseconds.
struct ONNXRuntimeProfile {
  private struct Event: Decodable {
    var cat: String
    var name: String
    var ts: Int
    var dur: Int
    var args: Arguments?
  }

  private struct Arguments: Decodable {
    var operatorType: String?
    var provider: String?

    enum CodingKeys: String, CodingKey {
      case operatorType = "op_name"
      case provider
    }
  }

  private let events: [Event]

  init(_ json: Data) throws { events = try JSONDecoder().decode([Event].self, from: json) }

  /// Mean times of each node over the runs after the first `skipped`, in the order in which the nodes first ran.
  func timings(skippingRuns skipped: Int) -> [OperatorTiming] {
    let runs = events.filter { $0.cat == "Session" && $0.name == "model_run" }.sorted { $0.ts < $1.ts }
    let counted = max(runs.count - skipped, 1)
    let start = runs.prefix(skipped).last.map { $0.ts + $0.dur } ?? 0
    var timings: [OperatorTiming] = []
    var positions: [String: Int] = [:]
    for event in events.sorted(by: { $0.ts < $1.ts }) {
      guard event.cat == "Node", event.ts >= start, event.name.hasSuffix(Self.suffix) else { continue }
      let name = String(event.name.dropLast(Self.suffix.count))
      let seconds = Double(event.dur) * 1e-6 / Double(counted)
      if let position = positions[name] {
        timings[position].seconds += seconds
      } else {
        positions[name] = timings.count
        timings.append(
          OperatorTiming(
            name: name, operatorType: event.args?.operatorType ?? "", seconds: seconds,
            executor: event.args?.provider ?? ""))
      }
    }
    return timings
  }

  /// Ends the name of the event that covers a node's computation.
  private static let suffix = "_kernel_time"
}
