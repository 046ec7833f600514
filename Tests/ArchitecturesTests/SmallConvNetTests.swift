// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Foundation
import Galley
import ONNX
import Tensors
import Testing
import Torch

@Suite(.enabled(if: (try? Native.library) != nil, Native.absence))
struct SmallConvNetTests {
  private func make(
    _ options: SmallConvNet.Options, _ shape: [Int], classes: Int = 10
  ) throws -> (module: any Module, state: ModuleState) {
    let state = ModuleState(library: try Native.library)
    let module = try SmallConvNet(options).makeModule(inputShape: shape, classes: classes, in: state.root)
    return (module, state)
  }

  @Test(arguments: [[1, 8, 8], [3, 1, 1], [1, 3, 40], [3, 32, 20], [4, 65, 7]], [1, 3, 6])
  func anySizeAndNumberOfChannelsWork(shape: [Int], depth: Int) throws {
    let (module, _) = try make(SmallConvNet.Options(width: 4, depth: depth), shape, classes: 7)
    let batch = try TorchTensor.full(0.5, shape: [2] + shape, in: Native.library)
    #expect(try module(batch, .evaluation).shape == [2, 7])
    let model = try module.exportONNX(inputShape: shape, in: Native.library)
    #expect(try model.outputs.first?.shape == [nil, 7])
  }

  @Test func stagesHalveWhileThereIsRoom() throws {
    let (module, _) = try make(SmallConvNet.Options(width: 4, depth: 4), [1, 8, 8])
    let model = try module.exportONNX(inputShape: [1, 8, 8], in: Native.library)
    let strides = model.nodes.filter { $0.operatorType == "Conv" }.map { $0.attributes["strides"] }
    let (one, two) = (AttributeValue.ints([1, 1]), AttributeValue.ints([2, 2]))
    #expect(strides == [one, one, two, one, two, one, one, one])
  }

  @Test func parametersHavePyTorchsNamesAndShapes() throws {
    let (_, state) = try make(SmallConvNet.Options(width: 8, depth: 2), [3, 16, 16])
    #expect(try state["features.0.conv.weight"]?.tensor.shape == [8, 3, 3, 3])
    #expect(try state["features.3.conv.weight"]?.tensor.shape == [16, 16, 3, 3])
    #expect(try state["features.3.bn.running_var"]?.tensor.shape == [16])
    #expect(try state["classifier.weight"]?.tensor.shape == [10, 16])
    #expect(state["features.4.conv.weight"] == nil)
    #expect(state["features.0.conv.bias"] == nil)
  }

  @Test func depthOneTrainsOnAGradient() throws {
    let (module, state) = try make(SmallConvNet.Options(width: 2, depth: 1), [1, 4, 4], classes: 3)
    let batch = try TorchTensor.full(0, shape: [4, 1, 4, 4], in: Native.library)
    try batch.fillNormally(mean: 0, standardDeviation: 1)
    let targets = try TorchTensor([0, 1, 2, 0] as [Int64], shape: [4], in: Native.library)
    try module(batch, .training).crossEntropy(targets: targets).backward()
    for parameter in state.parameters {
      let gradient = try #require(try parameter.tensor.gradient)
      #expect(try gradient.absolute().sum().item() > 0, "\(parameter.name)")
    }
  }

  @Test(arguments: [[8, 8], [0, 8, 8], [1, 8, 8, 1]])
  func otherShapesAreRefused(shape: [Int]) throws {
    #expect(throws: GalleyError.self) { try make(SmallConvNet.Options(), shape) }
  }
}

@Suite struct SmallConvNetCardTests {
  @Test func theCardsDefaultsAreTheOptions() throws {
    let defaults = Dictionary(
      uniqueKeysWithValues: SmallConvNet.card.options.compactMap { option in
        option.defaultValue.map { (option.name, $0) }
      })
    let data = try JSONEncoder().encode(defaults)
    #expect(try JSONDecoder().decode(SmallConvNet.Options.self, from: data) == SmallConvNet.Options())
    #expect(SmallConvNet.card.taxonomy == "model.classification.small-convnet")
  }

  @Test(arguments: [(0, 3), (513, 3), (8, 0), (8, 7)])
  func optionsOutOfBoundsAreRefused(width: Int, depth: Int) {
    #expect(throws: GalleyError.self) { try SmallConvNet(SmallConvNet.Options(width: width, depth: depth)) }
  }
}
