// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Foundation
import Galley
import ONNX
import Tensors
import Testing
import Torch

@Suite struct ArchitectureCardTests {
  private static let names = TorchArchitectures.standard.entries.map(\.card.name)

  private func defaults<Made: TorchArchitecture>(_ type: Made.Type) throws -> Made.Options {
    try IngredientChoice(type.card.name).options(of: type)
  }

  @Test func theCardsDefaultsAreTheOptions() throws {
    #expect(try defaults(MobileNetV2.self) == .init())
    #expect(try defaults(MobileNetV3Small.self) == .init())
    #expect(try defaults(MobileNetV3Large.self) == .init())
    #expect(try defaults(ResNet18.self) == .init())
    #expect(try defaults(ResNet50.self) == .init())
    #expect(try defaults(EfficientNetB0.self) == .init())
    #expect(try defaults(SmallResNet.self) == .init())
    #expect(try defaults(SmallSeparableNet.self) == .init())
    #expect(try defaults(MLP.self) == .init())
    #expect(try defaults(SeriesConvNet.self) == .init())
  }

  @Test func namesAreUniqueAndAllTakePretrainedWeights() {
    #expect(Set(Self.names).count == Self.names.count)
    for entry in TorchArchitectures.standard.entries {
      #expect(entry.card.taxonomy == "model.classification.\(entry.card.name)")
      #expect(entry.card.options.contains { $0.name == "pretrained" }, "\(entry.card.name)")
    }
  }

  /// Every numeric option is held to its card's bounds by the type itself too.
  @Test(arguments: names)
  func optionsOutOfBoundsAreRefused(name: String) throws {
    let entry = try #require(TorchArchitectures.standard.entry(named: name))
    _ = try entry.make(IngredientChoice(name))
    for option in entry.card.options {
      let beyond: ConfigurationValue
      switch option.kind {
      case .int(_, let maximum): beyond = .int(maximum + 1)
      case .float(_, let maximum): beyond = .float(maximum + 0.1)
      case .choice: beyond = .string("nothing")
      default: continue
      }
      #expect(throws: GalleyError.self, "\(option.name)") {
        try entry.make(IngredientChoice(name, options: [option.name: beyond]))
      }
    }
    #expect(throws: GalleyError.self) { try entry.make(IngredientChoice(name, options: ["widht": .int(1)])) }
  }

  @Test func typedOptionsOutOfBoundsAreRefused() {
    #expect(throws: GalleyError.self) {
      var options = MobileNetV2.Options()
      options.width = 0
      return try MobileNetV2(options)
    }
    #expect(throws: GalleyError.self) {
      var options = EfficientNetB0.Options()
      options.stochasticDepth = 1
      return try EfficientNetB0(options)
    }
    #expect(throws: GalleyError.self) {
      var options = MLP.Options()
      options.depth = -1
      return try MLP(options)
    }
  }
}

@Suite(.enabled(if: (try? Native.library) != nil, Native.absence))
struct ArchitectureShapeTests {
  private func make(_ name: String, _ shape: [Int], classes: Int) throws -> (any Module, ModuleState) {
    let state = ModuleState(library: try Native.library)
    let entry = try #require(TorchArchitectures.standard.entry(named: name))
    return (
      try entry.make(IngredientChoice(name)).makeModule(inputShape: shape, classes: classes, in: state.root), state
    )
  }

  @Test(arguments: [
    ("mobilenet-v2", [1, 32, 32]), ("mobilenet-v3-small", [4, 33, 17]), ("efficientnet-b0", [3, 32, 48]),
    ("resnet-18", [2, 32, 32]), ("small-resnet", [1, 8, 8]), ("small-separable-net", [3, 5, 9]),
    ("mlp", [2, 3, 4]), ("mlp", [7]), ("series-convnet", [3, 1]), ("series-convnet", [1, 50]),
  ])
  func itemsOfOtherSizesWork(name: String, shape: [Int]) throws {
    let library = try Native.library
    let (module, _) = try make(name, shape, classes: 3)
    let batch = try TorchTensor.full(0.5, shape: [2] + shape, in: library)
    #expect(try module(batch, .evaluation).shape == [2, 3])
    #expect(try module.exportONNX(inputShape: shape, in: library).outputs.first?.shape == [nil, 3])
  }

  @Test(arguments: [
    ("mobilenet-v2", [32, 32]), ("resnet-50", [0, 32, 32]), ("small-resnet", [3, 8, 8, 1]), ("series-convnet", [4]),
    ("series-convnet", [3, 8, 8]), ("mlp", []), ("mlp", [0]),
  ])
  func itemsOfAnotherKindAreRefused(name: String, shape: [Int]) throws {
    #expect(throws: GalleyError.self) { try make(name, shape, classes: 3) }
    #expect(throws: GalleyError.self) { try make(name, shape, classes: 0) }
  }

  /// The numbers that the papers, or torchvision's documentation, give for 1000 classes.
  @Test(arguments: [
    ("mobilenet-v2", 3_504_872), ("mobilenet-v3-small", 2_542_856), ("mobilenet-v3-large", 5_483_032),
    ("resnet-18", 11_689_512), ("resnet-50", 25_557_032), ("efficientnet-b0", 5_288_548),
  ])
  func parametersAreAsManyAsPublished(name: String, count: Int) throws {
    #expect(try make(name, [3, 224, 224], classes: 1000).1.parameterCount == count)
  }
}
