// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX
internal import Reports

extension ComparedModels {
  /// The layers as a table for a terminal, with the first that differs marked, and the finding below it.
  public var table: String {
    let first = firstDifference
    let rows = layers.map { layer in
      [
        layer == first ? "→" : "", layer.tensors.operatorType, layer.tensors.node,
        layer.tensors.first == layer.tensors.second
          ? layer.tensors.first : "\(layer.tensors.first) ~ \(layer.tensors.second)",
        NumberText.significant(layer.difference.largest), NumberText.percent(layer.difference.relative, decimals: 3),
        layer.difference.signalToNoise.isFinite ? NumberText.fixed(layer.difference.signalToNoise, decimals: 1) : "∞",
      ].map { $0.replacing(NumberText.narrowSpace, with: " ") }
    }
    let table = TextTable(
      columns: [
        .init(""), .init("operator"), .init("node"), .init("tensor"), .init("largest difference", .trailing),
        .init("of its magnitude", .trailing), .init("signal to noise (dB)", .trailing),
      ], rows: rows)
    return ([table.render(), finding(first)] + notes.map { "note: \($0)" }).joined(separator: "\n")
  }

  private func finding(_ first: Layer?) -> String {
    let bound = NumberText.percent(tolerance, decimals: 3)
    guard let first else { return "All \(layers.count) tensors agree within \(bound) of their magnitude." }
    return "They part at \(first.tensors.operatorType) '\(first.tensors.node)': the largest difference is "
      + "\(NumberText.percent(first.difference.relative, decimals: 3)) of the tensor's magnitude, over \(bound)."
  }
}
