// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

@Suite struct ShapeInferenceTests {
  @Test func shapesOfANetwork() throws {
    let tensors = try Samples.network().inferredTensors()
    #expect(tensors["c"] == InferredTensor(elementType: .float32, dimensions: ["batch", 4, 8, 8]))
    #expect(tensors["p"] == InferredTensor(elementType: .float32, dimensions: ["batch", 4, 4, 4]))
    #expect(tensors["g"]?.dimensions == ["batch", 4, 1, 1])
    #expect(tensors["f"]?.dimensions == ["batch", 4])
    #expect(tensors["y"]?.dimensions == ["batch", 10])
  }

  @Test(arguments: ShapeCase.misfits) func misfitsAreNamed(_ shapeCase: ShapeCase) throws {
    let error = try #require(throws: ONNXError.self) { try shapeCase.model().inferredTensors() }
    #expect(error.code == .shapeMismatch)
    #expect(error.location == "node 'node' (\(shapeCase.operatorType))")
  }

  @Test func windowsThatDoNotFitAreNamed() throws {
    let shapeCase = ShapeCase("Conv", [[1, 1, 2, 2], [1, 1, 3, 3]])
    let error = try #require(throws: ONNXError.self) { try shapeCase.model().inferredTensors() }
    #expect(error.code == .shapeMismatch)
  }

  @Test(arguments: [
    ShapeCase("Concat", [[.fixed(.max)], [1]], [], ["axis": .int(0)]),
    ShapeCase("Flatten", [[2, .fixed(.max), 4]]),
    ShapeCase("Pad", [[.fixed(.max)]], [[1, 1]]),
    ShapeCase("Conv", [[1, 1, 8], [1, 1, 3]], [], ["pads": .ints([.max, .max])]),
    ShapeCase("MaxPool", [[1, 1, 8]], [], ["kernel_shape": .ints([.max]), "dilations": .ints([.max])]),
    ShapeCase("AveragePool", [[1, 1, 8]], [], ["kernel_shape": .ints([2]), "strides": .ints([.min])]),
    ShapeCase("Squeeze", [[1]], [[.min]]),
  ])
  func hugeNumbersOverflowNowhere(_ shapeCase: ShapeCase) throws {
    // Either answer will do; a trap would end the process.
    _ = try? shapeCase.model().inferredTensors()
  }

  @Test func negativeExtentsOfAnUncheckedModelAreUnknown() throws {
    var model = try ShapeCase("Reshape", [[2, 3]], [[3, 2]]).model()
    model.proto.graph.initializer[0].dims = [-2]
    #expect(try model.inferredTensors()["i0"]?.dimensions == [nil])
  }

  @Test func ranksThatDoubleStayBounded() throws {
    var graph = GraphBuilder()
    graph.addInput(name: "x0", elementType: .int64, dimensions: [1, 1, 1])
    for step in 0..<60 { graph.addNode("Gather", inputs: ["x\(step)", "x\(step)"], outputs: ["x\(step + 1)"]) }
    graph.addOutput(name: "x60", elementType: .int64, dimensions: [1])
    #expect(try graph.build(graphName: "ranks").inferredTensors()["x59"]?.dimensions == nil)
  }

  private struct Finding: Decodable {
    let type: Int?
    let shape: [Extent?]?
  }

  private enum Extent: Decodable, Equatable {
    case number(Int)
    case symbol(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else {
        self = .symbol(try container.decode(String.self))
      }
    }

    init(_ dimension: ONNX.Dimension) {
      switch dimension {
      case .fixed(let extent): self = .number(extent)
      case .symbolic(let name): self = .symbol(name)
      }
    }
  }

  private enum Answer: Decodable {
    case refused
    case tensors([String: Finding])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if (try? container.decode([String: String].self)) != nil {
        self = .refused
      } else {
        self = .tensors(try container.decode([String: Finding].self))
      }
    }
  }

  /// ONNX's own inference knows no more than ours, and where both know something, they agree.
  @Test(.enabled(if: Peer.isPresent, "\(Peer.absence)")) func findingsAgreeWithONNX() throws {
    let folder = try TemporaryFolder()
    var models: [String: (model: Model, what: String)] = [:]
    for (index, shapeCase) in ShapeCase.all.enumerated() {
      models["\(index).onnx"] = (try shapeCase.model(), shapeCase.description)
    }
    for name in Samples.fixtures { models["\(name).onnx"] = (try Samples.fixture(name), name) }
    for (name, entry) in models { try entry.model.write(to: folder.file(name)) }
    let answers = try Peer.run("shapes.py", models.keys.map { folder.file($0).path }, as: [String: Answer].self)
    for (name, entry) in models.sorted(by: { $0.key < $1.key }) {
      let answer = try #require(answers[name])
      let found = try? entry.model.inferredTensors()
      guard case .tensors(let expected) = answer else {
        #expect(found == nil, "ONNX refuses \(entry.what)")
        continue
      }
      // ONNX's inference compares neither the inner extents of Gemm nor the numbers of elements of Reshape.
      guard let tensors = found else {
        let isStricter = ["Gemm [[2, 3], [4, 5]]", "Reshape [[2, 3]] [[4, 2]]"].contains { entry.what.hasPrefix($0) }
        #expect(isStricter, "ONNX accepts \(entry.what)")
        continue
      }
      for (tensor, finding) in expected {
        compare(tensors[tensor] ?? InferredTensor(), finding, "\(entry.what): \(tensor)")
      }
    }
  }

  /// Well-known networks that the onnx package carries, with all their nodes.
  @Test(.enabled(if: Peer.isPresent, "\(Peer.absence)")) func wholeNetworksAgreeWithONNX() throws {
    let paths = try Peer.run("networks.py", [], as: [String].self)
    #expect(paths.count >= 8)
    let answers = try Peer.run("shapes.py", paths, as: [String: Answer].self)
    for path in paths {
      let name = URL(filePath: path).lastPathComponent
      guard case .tensors(let expected)? = answers[name] else { continue }
      let tensors = try Model(contentsOf: URL(filePath: path)).inferredTensors()
      for (tensor, finding) in expected { compare(tensors[tensor] ?? InferredTensor(), finding, "\(name): \(tensor)") }
    }
  }

  private func compare(_ found: InferredTensor, _ expected: Finding, _ what: String) {
    #expect(found.elementType?.onnxDataType == expected.type.map(Int32.init), "\(what)")
    guard let shape = expected.shape else { return }
    guard let dimensions = found.dimensions, dimensions.count == shape.count else {
      Issue.record("\(what): found \(String(describing: found.dimensions)), ONNX says \(shape)")
      return
    }
    for (mine, theirs) in zip(dimensions, shape) {
      guard let theirs else { continue }
      #expect(mine.map(Extent.init) == theirs, "\(what)")
    }
  }
}
