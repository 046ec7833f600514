// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Foundation
import Galley
import ONNX
import Tensors
import Testing
import Torch

/// Networks beside torchvision's, in the same state: names, initialisation, outputs, gradients, one step of training,
/// and the exported model in onnxruntime.
@Suite(
  .enabled(if: (try? Native.library) != nil, Native.absence), .enabled(if: Peer.isAvailable, Peer.absence), .serialized)
struct TorchvisionPeerTests {
  /// One network of architectures_peer.py.
  struct Case: Sendable {
    let name: String
    let inputShape: [Int]
    /// Whether the peer's constructor draws in the same order; the networks that are not torchvision's don't.
    let isDrawnAlike: Bool
    let make: @Sendable () throws -> any TorchArchitecture

    init(
      _ name: String, _ inputShape: [Int] = [3, 64, 64], isDrawnAlike: Bool = true,
      _ make: @escaping @Sendable () throws -> any TorchArchitecture
    ) {
      (self.name, self.inputShape, self.isDrawnAlike, self.make) = (name, inputShape, isDrawnAlike, make)
    }
  }

  private static let mobile: [Case] = [
    Case("mobilenet-v2") { try MobileNetV2(.init()) },
    Case("mobilenet-v2-half") {
      var options = MobileNetV2.Options()
      (options.width, options.dropout) = (0.5, 0.4)
      return try MobileNetV2(options)
    },
    Case("mobilenet-v2-small-stem") {
      var options = MobileNetV2.Options()
      options.stem = .small
      return try MobileNetV2(options)
    },
    Case("mobilenet-v3-small") { try MobileNetV3Small(.init()) },
    Case("mobilenet-v3-small-wide") {
      var options = MobileNetV3Options()
      (options.width, options.dropout) = (1.25, 0.5)
      return try MobileNetV3Small(options)
    },
    Case("mobilenet-v3-large") { try MobileNetV3Large(.init()) },
    Case("efficientnet-b0") { try EfficientNetB0(.init()) },
    Case("efficientnet-b0-small-stem") {
      var options = EfficientNetB0.Options()
      options.stem = .small
      return try EfficientNetB0(options)
    },
  ]

  private static let residual: [Case] = [
    Case("resnet-18") { try ResNet18(.init()) },
    Case("resnet-18-small-stem", isDrawnAlike: false) {
      var options = ResNetOptions()
      options.stem = .small
      return try ResNet18(options)
    },
    Case("resnet-50") { try ResNet50(.init()) },
  ]

  private static let small: [Case] = [
    Case("small-convnet", isDrawnAlike: false) { try SmallConvNet(.init(width: 8)) },
    Case("small-resnet", isDrawnAlike: false) { try SmallResNet(.init()) },
    Case("small-separable-net", isDrawnAlike: false) { try SmallSeparableNet(.init()) },
    Case("mlp", [13]) { try mlp(.relu) },
    Case("mlp-gelu", [13]) { try mlp(.gelu) },
    Case("series-convnet", [5, 90]) {
      var options = SeriesConvNet.Options()
      (options.width, options.stride) = (32, 2)
      return try SeriesConvNet(options)
    },
  ]

  private static func mlp(_ function: ActivationFunction) throws -> MLP {
    var options = MLP.Options()
    (options.width, options.dropout, options.activation) = (24, 0.25, function)
    return try MLP(options)
  }

  @Test func mobileNetworksAreTorchvisions() throws { try compare(Self.mobile) }
  @Test func residualNetworksAreTorchvisions() throws { try compare(Self.residual) }
  @Test func smallNetworksArePyTorchs() throws { try compare(Self.small) }

  private func compare(_ cases: [Case]) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let answer = try Peer.ask("architectures_peer.py", [folder.path()] + cases.map(\.name))
    let names = try JSONDecoder().decode([String: [String]].self, from: answer)
    for subject in cases {
      let place = folder.appending(path: subject.name)
      try compare(subject, names[subject.name] ?? [], place)
    }
    let verdict = try Peer.ask("onnx_export_peer.py", cases.map { folder.appending(path: $0.name).path() })
    let words = String(decoding: verdict, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(words == "ok", "\(words)")
  }

  private func compare(_ subject: Case, _ names: [String], _ place: URL) throws {
    let library = try Native.library
    let state = ModuleState(library: library)
    let module = try library.withSeed(7) {
      try subject.make().makeModule(inputShape: subject.inputShape, classes: 10, in: state.root)
    }
    #expect(state.entries.map(\.name) == names, "\(subject.name)")
    let initial = try Safetensors(Data(contentsOf: place.appending(path: "initial.safetensors")))
    #expect(try state.differences(from: initial) == [], "\(subject.name)")
    if subject.isDrawnAlike {
      let others = try state.entries.filter { try $0.tensor.toTensor() != initial.tensor($0.name) }.map(\.name)
      #expect(others == [], "\(subject.name) begins with other values than the peer's")
    }
    let fixture = try Safetensors(Data(contentsOf: place.appending(path: "case.safetensors")))
    let comparison = Comparison(name: subject.name, fixture: fixture)
    try state.load(fixture.part("before."))
    try comparison.passes(module, state, .evaluation, "evaluation.")
    try export(module, subject, fixture, place)
    try library.withSeed(5) { try comparison.passes(module, state, .training, "training.") }
    try SGD([ParameterGroup(state.parameters, weightDecay: 1e-4)], learningRate: 0.05, momentum: 0.9).step()
    for entry in state.entries { try comparison.expect(entry.tensor, "training.state." + entry.name) }
  }

  private func export(_ module: any Module, _ subject: Case, _ fixture: Safetensors, _ place: URL) throws {
    let inputs = try fixture.tensor("inputs")
    for opset in [18, 21] {
      let model = try module.exportONNX(
        inputShape: subject.inputShape, in: Native.library, options: ONNXExportOptions(opset: opset))
      try model.write(to: place.appending(path: "opset\(opset).onnx"))
    }
    let outputs = try Native.library.withoutGradients {
      try module(TorchTensor(inputs, in: Native.library), .evaluation).toTensor()
    }
    try Safetensors(tensors: ["inputs": inputs, "outputs": outputs, "exact": fixture.tensor("exact")]).serialized()
      .write(to: place.appending(path: "data.safetensors"))
  }
}

/// Holds tensors against the peer's: within 1e-5 of the largest magnitude of the peer's tensor.
private struct Comparison {
  let name: String
  let fixture: Safetensors

  /// Forward and backward pass in one mode.
  func passes(_ module: any Module, _ state: ModuleState, _ mode: ForwardMode, _ prefix: String) throws {
    try state.clearGradients()
    let library = state.library
    let logits = try module(TorchTensor(fixture.tensor("inputs"), in: library), mode)
    try expect(logits, prefix + "logits")
    let targets = try TorchTensor(fixture.tensor("targets"), in: library)
    let loss = try logits.crossEntropy(targets: targets, labelSmoothing: 0.1)
    try expect(loss, prefix + "loss")
    try loss.backward()
    for parameter in state.parameters {
      let gradient = try #require(try parameter.tensor.gradient, "\(name): \(parameter.name) has no gradient")
      try expect(gradient, prefix + "gradient." + parameter.name)
    }
  }

  func expect(_ found: TorchTensor, _ key: String) throws {
    let (found, expected) = (try found.toTensor(), try fixture.tensor(key))
    #expect(found.shape == expected.shape, "\(name): \(key)")
    guard expected.elementType == .float32 else {
      #expect(found == expected, "\(name): \(key)")
      return
    }
    guard found != expected else { return }
    let (left, right) = (try found.values(as: Float.self), try expected.values(as: Float.self))
    let scale = Double(right.map(abs).max() ?? 0)
    let difference = zip(left, right).map { Double(abs($0 - $1)) }.max() ?? 0
    // A gradient that is zero but for rounding has no relative size.
    let relative = difference / max(scale, 1e-6)
    #expect(relative <= 1e-5, "\(name): \(key) differs by \(difference) of \(scale)")
  }
}

extension Safetensors {
  /// The tensors whose names begin with `prefix`, without it.
  fileprivate func part(_ prefix: String) -> Safetensors {
    let kept = tensors.filter { $0.key.hasPrefix(prefix) }
    return Safetensors(
      tensors: Dictionary(uniqueKeysWithValues: kept.map { (String($0.key.dropFirst(prefix.count)), $0.value) }))
  }
}
