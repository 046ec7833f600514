// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension CostRule {
  /// A node and what is known of its tensors.
  struct Step {
    let node: Onnx_NodeProto
    let tensors: [String: InferredTensor]

    func input(_ index: Int) -> [Int]? { node.input(index).flatMap { tensors[$0]?.fixedShape } }

    func output(_ index: Int) -> [Int]? {
      index < node.output.count ? tensors[node.output[index]]?.fixedShape : nil
    }
  }

  /// The cost of a node, or `nil` if shapes that matter are not known or too large to multiply.
  func cost(_ step: Step) -> Cost? {
    switch self {
    case .nothing: return Cost()
    case .perOutput(let factor):
      return step.output(0).flatMap { elements($0)?.times(factor) }.map { Cost(elementOperations: $0) }
    case .perInput(let factor):
      return step.input(0).flatMap { elements($0)?.times(factor) }.map { Cost(elementOperations: $0) }
    case .window: return window(step).map { Cost(elementOperations: $0) }
    default: return macs(step).map { Cost(macs: $0) }
    }
  }

  private func macs(_ step: Step) -> Int? {
    switch self {
    case .convolution(let position):
      // Each element given is a sum over the channels of its group and the kernel.
      guard let result = step.output(0), let weight = step.input(position), weight.count >= 3 else { return nil }
      return elements(result + weight.dropFirst())
    case .transposedConvolution:
      // Each element read is spread over the channels of its group and the kernel.
      guard let data = step.input(0), let weight = step.input(1), weight.count >= 3 else { return nil }
      return elements(data + weight.dropFirst())
    case .product:
      guard let result = step.output(0), let first = step.input(0), let inner = innerExtent(step, first) else {
        return nil
      }
      return elements(result + [inner])
    case .einsum: return einsum(step)
    case .recurrent(let gates): return recurrent(step, gates)
    default: return nil
    }
  }

  private func innerExtent(_ step: Step, _ first: [Int]) -> Int? {
    let isTransposed = step.node.opType.hasSuffix("Gemm") && step.node.int("transA", default: 0) != 0
    return isTransposed ? first.first : first.last
  }

  private func einsum(_ step: Step) -> Int? {
    guard case .string(let text)? = step.node.value("equation"), let equation = EinsumEquation(text),
      equation.operands.count == step.node.input.count, equation.operands.count > 1
    else { return nil }
    let shapes = step.node.input.indices.compactMap(step.input)
    guard shapes.count == step.node.input.count else { return nil }
    return equation.products(shapes)?.times(shapes.count - 1)
  }

  /// For each step, element of the batch and direction: gates · hidden · (inputs + hidden).
  private func recurrent(_ step: Step, _ gates: Int) -> Int? {
    guard let data = step.input(0), let weight = step.input(2), data.count == 3, weight.count == 3,
      let width = data[2].plus(weight[2])
    else { return nil }
    return elements([data[0], data[1], weight[0], gates, weight[2], width])
  }

  private func window(_ step: Step) -> Int? {
    guard let result = step.output(0), case .ints(let kernel)? = step.node.value("kernel_shape") else { return nil }
    return elements(result + kernel.map { Int(clamping: $0) })
  }

  private func elements(_ extents: [Int]) -> Int? {
    var result = 1
    for extent in extents {
      guard extent >= 0, let next = result.times(extent) else { return nil }
      result = next
    }
    return result
  }
}
