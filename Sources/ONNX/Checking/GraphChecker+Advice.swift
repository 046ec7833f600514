// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension GraphChecker {
  /// Why an operator is not there, with the nearest thing that is.
  func reasonForUnknown(_ operatorType: String, _ version: Int) -> String {
    if let first = OperatorSignature.firstVersion(of: operatorType) {
      return "the operator \(operatorType) came with operator set \(first), and the model imports \(version)"
    }
    let nearest = nearestName(to: operatorType, among: OperatorSignature.names)
    return "the operator \(operatorType) does not exist in operator set \(version)"
      + (nearest.map { "; the nearest is \($0)" } ?? "")
  }

  /// Why a domain is unknown, with those that are imported.
  func reasonForUnknown(domain: String) -> String {
    let imported = operatorSets.keys.sorted().map { $0.isEmpty ? "'ai.onnx'" : "'\($0)'" }
    return "no operator set of the domain '\(domain)' is imported; there is \(imported.joined(separator: ", "))"
  }

  /// Why a node's input is not there yet.
  func reasonForMissing(_ input: String, of position: Int, in nodes: [Onnx_NodeProto]) -> String {
    var producers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.output where !output.isEmpty { producers[output] = index }
    }
    guard let later = producers[input] else {
      return "its input '\(input)' is not given by an earlier node, an initializer or an input"
    }
    let isCycle = Self.reaches(position, from: later, nodes, producers)
    return "its input '\(input)' is given by \(nodes[later].place(later)), which "
      + (isCycle ? "needs this node's own result: the graph has a cycle" : "comes later: the nodes are out of order")
  }

  /// Whether a node depends on another.
  private static func reaches(_ goal: Int, from start: Int, _ nodes: [Onnx_NodeProto], _ producers: [String: Int])
    -> Bool
  {
    var seen: Set<Int> = [start]
    var open = [start]
    while let place = open.popLast() {
      if place == goal { return true }
      for input in nodes[place].input {
        if let next = producers[input], seen.insert(next).inserted { open.append(next) }
      }
    }
    return false
  }
}
