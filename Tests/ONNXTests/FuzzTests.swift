// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors
import Testing

/// Damaged models must be refused or handled, never end the process: a trap ends the run of tests, so nothing else need be
/// expected of them. That some can still be read is, since otherwise nothing would be tried.
///
/// `GALLEY_FUZZ_ROUNDS` sets the number of models per seed; the default keeps the test at a few seconds.
@Suite struct FuzzTests {
  private static let rounds = ProcessInfo.processInfo.environment["GALLEY_FUZZ_ROUNDS"].flatMap(Int.init) ?? 200

  /// Everything that is done with a model, on bytes that may be anything.
  /// - Returns: whether they are read as a model.
  private func exercise(_ data: Data) -> Bool {
    guard let model = try? Model(data: data) else { return false }
    exercise(model)
    return true
  }

  private func exercise(_ model: Model) {
    _ = try? model.check()
    _ = (try? model.inputs, try? model.outputs, model.metadata, model.operatorSets)
    _ = try? model.initializers()
    _ = model.nodes
    _ = try? model.inferringShapes().serialized()
    _ = try? model.applying(Pass.standard).serialized()
    _ = try? model.summary(inputShapes: ["input": [1, 1, 8, 8]])
    _ = try? model.summary()
    _ = try? model.exposing().serialized()
    if let half = try? model.convertedToFloat16().model {
      _ = try? half.serialized()
      _ = try? model.correspondences(with: half)
    }
    guard let plan = try? StaticQuantization.plan(for: model) else { return }
    _ = try? plan.observing().serialized()
    _ = try? plan.quantized(ranges: Samples.ranges(plan)).serialized()
  }

  @Test(arguments: 0..<6) func damagedBytesEndNothing(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let original = try Samples.fixture(Samples.fixtures[Int(seed)]).serialized()
    var readable = 0
    for _ in 0..<Self.rounds {
      var data = original
      for _ in 0..<Int.random(in: 1...6, using: &generator) where !data.isEmpty {
        // Most of a model is weights; the graph stands before them, and that is where damage shows.
        let end = Bool.random(using: &generator) ? data.count : min(data.count, 4000)
        let position = Int.random(in: 0..<end, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: data = data.prefix(position + 1)
        case 1: data[data.startIndex + position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: data[data.startIndex + position] = UInt8.random(in: 0...255, using: &generator)
        default: data.remove(at: data.startIndex + position)
        }
      }
      if exercise(data) { readable += 1 }
    }
    #expect(readable > 0)
  }

  @Test(arguments: 0..<6) func damagedFieldsEndNothing(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed + 100)
    let original = try Samples.fixture(Samples.fixtures[Int(seed)])
    for _ in 0..<Self.rounds {
      var model = original
      for _ in 0..<Int.random(in: 1...4, using: &generator) { model.proto.graph.damage(&generator) }
      exercise(model)
    }
  }

  @Test func everyTruncationIsRefusedOrHandled() throws {
    for model in [try Float16Samples.everything(opset: 17), try Float16Samples.loop()] {
      let bytes = try model.serialized()
      let readable = (0..<bytes.count).count { exercise(bytes.prefix($0)) }
      // The graph stands last, and a graph that was cut is none.
      #expect(readable < bytes.count)
    }
  }

  @Test(arguments: 0..<4) func damagedControlFlowEndsNothing(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed + 200)
    let models = [
      try Float16Samples.everything(opset: 13), try Float16Samples.resize(opset: 19), try Float16Samples.loop(),
    ]
    for round in 0..<Self.rounds {
      var model = models[round % models.count]
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        if Bool.random(using: &generator), let node = model.proto.graph.node.firstIndex(where: { $0.opType == "Loop" }),
          !model.proto.graph.node[node].attribute.isEmpty
        {
          model.proto.graph.node[node].attribute[0].g.damage(&generator)
        } else {
          model.proto.graph.damage(&generator)
        }
      }
      exercise(model)
    }
  }

  @Test func damagedVariantsOfTheSampleEndNothing() throws {
    var generator = SeededGenerator(seed: 1000)
    for mutation in Mutation.all {
      var model = try mutation.model()
      exercise(model)
      for _ in 0..<max(Self.rounds / 20, 1) {
        model.proto.graph.damage(&generator)
        exercise(model)
      }
    }
  }
}

extension Onnx_GraphProto {
  private static let numbers: [Int64] = [0, 1, -1, 2, 3, 7, 1 << 20, 1 << 40, .max, .min, .max - 1]
  private static let floats: [Float] = [
    0, -1, .infinity, -.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude,
  ]
  private static let operators = [
    "Conv", "Gemm", "MatMul", "Add", "Mul", "Concat", "Relu", "Clip", "MaxPool", "AveragePool", "Flatten", "Reshape",
    "Transpose", "BatchNormalization", "Identity", "Dropout", "Squeeze", "Unsqueeze", "Pad", "ReduceMean", "Gather",
    "GlobalAveragePool", "Constant", "Shape", "Cast", "QuantizeLinear", "Slice", "Split", "Expand", "Tile", "Range",
    "ConstantOfShape", "Resize", "ConvTranspose", "LSTM", "Einsum", "TopK", "ArgMax", "GatherND", "OneHot", "Where",
    "If",
    "Loop", "Equal", "DequantizeLinear", "QLinearConv", "DepthToSpace", "Div", "Mod",
  ]

  /// Changes one field at random.
  fileprivate mutating func damage(_ generator: inout SeededGenerator) {
    guard let node = node.indices.randomElement(using: &generator) else { return }
    let names = self.node.flatMap(\.output) + initializer.map(\.name) + ["", "input"]
    switch Int.random(in: 0..<12, using: &generator) {
    case 0: self.node[node].opType = Self.operators.randomElement(using: &generator) ?? ""
    case 1: self.node.remove(at: node)
    case 2: self.node.swapAt(node, self.node.indices.randomElement(using: &generator) ?? node)
    case 3:
      guard let place = self.node[node].input.indices.randomElement(using: &generator) else { return }
      self.node[node].input[place] = names.randomElement(using: &generator) ?? ""
    case 4: self.node[node].input.append(names.randomElement(using: &generator) ?? "")
    case 5:
      if !self.node[node].input.isEmpty { self.node[node].input.removeLast() }
    case 6: self.node[node].output = [names.randomElement(using: &generator) ?? ""]
    case 7, 8: damageAttribute(of: node, &generator)
    case 9, 10: damageInitializer(&generator)
    default:
      guard !input.isEmpty, !input[0].type.tensorType.shape.dim.isEmpty else { return }
      let axis = Int.random(in: 0..<input[0].type.tensorType.shape.dim.count, using: &generator)
      input[0].type.tensorType.shape.dim[axis].dimValue = Self.numbers.randomElement(using: &generator) ?? 0
    }
  }

  private mutating func damageAttribute(of node: Int, _ generator: inout SeededGenerator) {
    let number = Self.numbers.randomElement(using: &generator) ?? 0
    guard let place = self.node[node].attribute.indices.randomElement(using: &generator) else {
      self.node[node].attribute = [Onnx_AttributeProto("axis", .int(number))]
      return
    }
    switch self.node[node].attribute[place].type {
    case .int: self.node[node].attribute[place].i = number
    case .float: self.node[node].attribute[place].f = Self.floats.randomElement(using: &generator) ?? 0
    case .ints:
      let count = Int.random(in: 0..<6, using: &generator)
      self.node[node].attribute[place].ints = (0..<count).map { _ in
        Self.numbers.randomElement(using: &generator) ?? 0
      }
    default: self.node[node].attribute.remove(at: place)
    }
  }

  private mutating func damageInitializer(_ generator: inout SeededGenerator) {
    guard let index = initializer.indices.randomElement(using: &generator) else { return }
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: initializer[index].dims.append(Self.numbers.randomElement(using: &generator) ?? 0)
    case 1: initializer[index].dims = [Self.numbers.randomElement(using: &generator) ?? 0]
    case 2: initializer[index].dims.reverse()
    case 3: initializer[index].dataType = Int32.random(in: 0...30, using: &generator)
    default:
      guard let tensor = try? initializer[index].tensor(named: ""), tensor.elementType == .float32,
        var values = try? tensor.values(as: Float.self), let place = values.indices.randomElement(using: &generator)
      else { return }
      values[place] = Self.floats.randomElement(using: &generator) ?? 0
      initializer[index].rawData = Data(values.withUnsafeBytes { Array($0) })
    }
  }
}
