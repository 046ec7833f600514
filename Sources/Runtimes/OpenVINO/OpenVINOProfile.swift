// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CRuntimes
internal import Galley
internal import Tensors

/// Turns OpenVINO's profile into the time of each operator.
enum OpenVINOProfile {
  /// One node of OpenVINO's graph.
  struct Node {
    let name: String
    let type: String
    let executor: String
    let wasExecuted: Bool
    /// Mean over all runs so far, in whole microseconds.
    let microseconds: Int64

    init(_ node: OvNodeProfile) {
      func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
      name = text(node.name)
      type = text(node.type)
      executor = text(node.executor)
      wasExecuted = node.status == CInt(GALLEY_OV_PROFILED_EXECUTED)
      microseconds = node.real_time
    }
  }

  /// Inferences before those that count: the first one prepares kernels.
  private static let warmUp = 2

  /// Runs the model `repetitions` times.
  ///
  /// OpenVINO averages over all runs since the model was compiled, so the warm-up's share is taken out again. It gives
  /// whole microseconds; a shorter operator may be told as 0.
  static func record(_ model: OpenVINOModel, _ inputs: [ModelValue], repetitions: Int) throws -> [OperatorTiming] {
    guard repetitions >= 1 else {
      throw GalleyError(
        .configuration, "can't profile the model", at: model.path, why: "\(repetitions) repetitions were asked for",
        remedy: "Give 1 or more.")
    }
    let tensors = try model.tensors(of: inputs)
    let session = try model.makeRequest(tensors.map(\.shape))
    for (index, tensor) in tensors.enumerated() {
      try tensor.bytes.withUnsafeBytes { try session.setInput(index, $0) }
    }
    for _ in 0..<warmUp { try session.run() }
    let before = try session.profile()
    for _ in 0..<repetitions { try session.run() }
    return timings(from: before, to: try session.profile(), repetitions)
  }

  private static func timings(from before: [Node], to after: [Node], _ repetitions: Int) -> [OperatorTiming] {
    after.enumerated().compactMap { index, node in
      guard node.wasExecuted else { return nil }
      let earlier = before.indices.contains(index) && before[index].name == node.name ? before[index].microseconds : 0
      let total = node.microseconds * Int64(repetitions + warmUp) - earlier * Int64(warmUp)
      return OperatorTiming(
        name: node.name, operatorType: node.type, seconds: max(0, Double(total)) / Double(repetitions) * 1e-6,
        executor: node.executor)
    }
  }
}
