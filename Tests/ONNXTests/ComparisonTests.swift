// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import ONNX
import Tensors
import Testing

@Suite struct ComparisonTests {
  @Test func intermediateTensorsBecomeOutputs() throws {
    let model = try Samples.network()
    let exposed = try model.exposing()
    #expect(exposed.proto.graph.output.map(\.name) == ["y", "c", "n", "r", "p", "g", "f"])
    try exposed.check()
    #expect(try exposed.outputs[1] == TensorSpec(name: "c", elementType: .float32, shape: [nil, 4, 8, 8]))
    #expect(try exposed.exposing() == exposed)
    #expect(try model.exposing(tensors: ["p", "y"]).proto.graph.output.map(\.name) == ["y", "p"])
  }

  @Test func integersAndSubgraphsStayInside() throws {
    let resize = try Float16Samples.resize(opset: 17)
    #expect(try resize.floatingPointTensors() == ["r", "f", "g", "i", "a", "y"])
    let branches = try #require(Mutation.all.first { $0.description == "subgraphs" }).model()
    #expect(try !branches.exposing().proto.graph.output.contains { ["inner", "other"].contains($0.name) })
    for name in ["inner", "nowhere"] {
      let error = try #require(throws: ONNXError.self) { try branches.exposing(tensors: [name]) }
      #expect(error.code == .invalidArgument)
      #expect(error.reason.contains("subgraph") == (name == "inner"))
    }
  }

  @Test func float16KeepsTheNames() throws {
    let model = try Samples.network()
    let half = try model.convertedToFloat16().model
    let found = try model.correspondences(with: half)
    #expect(found.map(\.first) == ["c", "n", "r", "p", "g", "f", "y"])
    #expect(found.allSatisfy { $0.first == $0.second && $0.basis == .name })
    #expect(found.map(\.operatorType).first == "Conv" && found.map(\.node).first == "conv")
  }

  @Test(arguments: Samples.fixtures) func quantizationIsSeenBehindItsConversions(_ name: String) throws {
    let model = try Samples.fixture(name).applying(Pass.standard)
    let plan = try StaticQuantization.plan(for: model)
    let quantized = try plan.quantized(ranges: Samples.ranges(plan))
    let found = try model.correspondences(with: quantized)
    #expect(Set(found.map(\.second)).count == found.count)
    let converted = found.filter { $0.basis == .converted }
    #expect(!converted.isEmpty)
    #expect(converted.allSatisfy { $0.second.hasPrefix($0.first) && $0.second != $0.first })
    #expect(found.last?.first == model.proto.graph.output[0].name)
  }

  @Test func tensorsOfOtherNamesAreFoundByTheirPlace() throws {
    let model = try Samples.network()
    var renamed = model
    for index in renamed.proto.graph.node.indices {
      renamed.proto.graph.node[index].input = renamed.proto.graph.node[index].input.map {
        model.initializerNames.contains($0) || $0 == "x" ? $0 : "other/" + $0
      }
      renamed.proto.graph.node[index].output = renamed.proto.graph.node[index].output.map { "other/" + $0 }
    }
    renamed.proto.graph.output[0].name = "other/y"
    var identity = Onnx_NodeProto()
    identity.opType = "Identity"
    identity.input = ["other/c"]
    identity.output = ["other/seen"]
    renamed.proto.graph.node.insert(identity, at: 1)
    let found = try model.correspondences(with: renamed)
    #expect(found.map(\.second) == ["c", "n", "r", "p", "g", "f", "y"].map { "other/" + $0 })
    #expect(found.allSatisfy { $0.basis == .position })
  }

  @Test(arguments: 0..<50) func commonSubsequencesAreLongest(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    func word() -> [Int] {
      (0..<Int.random(in: 0...9, using: &generator)).map { _ in Int.random(in: 0...2, using: &generator) }
    }
    let (one, other) = (word(), word())
    let pairs = longestCommonSubsequence(one, other)
    #expect(pairs.allSatisfy { one[$0.0] == other[$0.1] })
    #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.0 < $1.0 && $0.1 < $1.1 })
    // Every subsequence of the first, the longest of which the second has too.
    let longest = (0..<1 << one.count).map { mask -> Int in
      let picked = one.indices.filter { mask & 1 << $0 != 0 }.map { one[$0] }
      var rest = other[...]
      let isCommon = picked.allSatisfy { element in
        guard let place = rest.firstIndex(of: element) else { return false }
        rest = rest[(place + 1)...]
        return true
      }
      return isCommon ? picked.count : 0
    }
    #expect(pairs.count == longest.max())
  }

  @Test func differencesAreMeasured() throws {
    let one = try Tensor([1, -4, 2, 0] as [Float], shape: [4])
    let other = try Tensor([1, -4, 2.5, 0] as [Double], shape: [4])
    let difference = try TensorDifference(one, other)
    #expect(difference.largest == 0.5 && difference.mean == 0.125 && difference.scale == 4)
    #expect(difference.relative == 0.125 && difference.unlike == 0)
    #expect(abs(difference.signalToNoise - 19.2428) < 1e-3)
    let same = try TensorDifference(one, one)
    #expect(same.relative == 0 && same.signalToNoise == .infinity)
    let infinite = try Tensor([1, -4, .infinity, .nan] as [Float], shape: [4])
    #expect(try TensorDifference(one, infinite).unlike == 2)
    #expect(try TensorDifference(one, infinite).relative == .infinity)
    #expect(try TensorDifference(infinite, infinite).unlike == 0)
    let half = try Tensor(elementType: .float16, shape: [2], bytes: [0, 0x3C, 0, 0xC4])
    let brain = try Tensor(elementType: .bfloat16, shape: [2], bytes: [0x80, 0x3F, 0x80, 0xC0])
    #expect(try TensorDifference(half, brain).largest == 0)
    #expect(throws: ONNXError.self) { try TensorDifference(one, half) }
    #expect(throws: ONNXError.self) { try TensorDifference(one, Tensor([1, 2, 3, 4] as [Int64], shape: [4])) }
  }

  @Test func theFirstDivergenceIsNamedWithWhatStillAgreed() throws {
    let names = ["a", "b", "c"]
    let measured = try zip(names, [0, 0.001, 0.5] as [Float]).map { name, error in
      (
        tensors: TensorCorrespondence(first: name, second: name, basis: .name, node: name, operatorType: "Add"),
        difference: try TensorDifference(
          Tensor([1] as [Float], shape: [1]), Tensor([1 + error] as [Float], shape: [1]))
      )
    }
    let divergence = try #require(Divergence.first(in: measured, tolerance: 0.01))
    #expect(divergence.tensors.first == "c" && divergence.lastAgreement?.first == "b")
    #expect(Divergence.first(in: measured, tolerance: 0)?.tensors.first == "b")
    #expect(Divergence.first(in: measured, tolerance: 1) == nil)
  }
}
