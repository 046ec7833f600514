// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

extension Model {
  mutating func fuseMatMulAdd() throws(ONNXError) {
    // Gemm takes a missing or broadcast bias and any float type from operator set 11 on.
    guard opset >= 11, proto.graph.node.contains(where: { $0.is("MatMul") }) else { return }
    let tensors = try inferredTensors()
    var position = 0
    var index = GraphIndex(proto.graph)
    while position < proto.graph.node.count {
      if fuseMatMulAdd(at: position, index, tensors) {
        index = GraphIndex(proto.graph)
      } else {
        position += 1
      }
    }
  }

  private mutating func fuseMatMulAdd(
    at position: Int, _ index: GraphIndex, _ tensors: [String: InferredTensor]
  ) -> Bool {
    let node = proto.graph.node[position]
    guard node.is("MatMul"), let a = node.input(0), let b = node.input(1), let product = node.output.first,
      index.hasSoleConsumer(product), let consumer = index.consumers[product]?.first,
      proto.graph.node[consumer].is("Add")
    else { return false }
    let addition = proto.graph.node[consumer]
    guard let bias = addition.input.first(where: { $0 != product }), index.constants[bias] != nil,
      tensors[a]?.rank == 2, index.constants[b] != nil, let weightShape = tensors[b]?.fixedShape,
      weightShape.count == 2, let biasShape = tensors[bias]?.fixedShape,
      biasShape == [weightShape[1]] || biasShape == [1, weightShape[1]],
      let elementType = tensors[a]?.elementType, [.float32, .float64, .float16].contains(elementType)
    else { return false }
    var gemm = Onnx_NodeProto()
    gemm.opType = "Gemm"
    gemm.name = node.name.isEmpty ? addition.name : node.name
    gemm.input = [a, b, bias]
    gemm.output = addition.output
    gemm.metadataProps = node.metadataProps
    // The sum's place is the later one, where all three inputs exist.
    proto.graph.node[consumer] = gemm
    proto.graph.node.remove(at: position)
    return true
  }
}
