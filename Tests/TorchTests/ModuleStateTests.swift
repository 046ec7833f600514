// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct ModuleStateTests {
  private func linear(_ inputs: Int = 3) throws -> ModuleState {
    let state = ModuleState(library: try Reference.library)
    _ = try Linear(inputs, 2, in: state.root["classifier"])
    return state
  }

  @Test func namesAreExplicitPathsInOrder() throws {
    #expect(try linear().entries.map(\.name) == ["classifier.weight", "classifier.bias"])
    #expect(try linear().parameterCount == 8)
    #expect(try linear()["classifier.bias"]?.tensor.shape == [2])
    #expect(try linear()["classifier"] == nil)
  }

  @Test func aPathIsTakenOnce() throws {
    let state = try linear()
    let error = #expect(throws: TorchError.self) { try Linear(3, 2, in: state.root["classifier"]) }
    #expect(error?.code == .duplicateName)
  }

  @Test func stateComesBackFromBytes() throws {
    let (_, state, _) = try ReferenceNetwork.loaded("after")
    let saved = try Safetensors(state.safetensors(metadata: ["epoch": "3"]).serialized())
    let (_, other, _) = try ReferenceNetwork.loaded("before")
    try other.load(saved)
    #expect(try other.safetensors().tensors == saved.tensors)
    #expect(saved.metadata["epoch"] == "3")
  }

  @Test func foreignWeightsAreRefusedAndListed() throws {
    let state = try linear()
    let before = try state.safetensors()
    var saved = try linear(4).safetensors()
    saved.tensors["classifier.bias"] = nil
    saved.tensors["head.bias"] = try Tensor([0 as Float], shape: [1])
    let error = #expect(throws: TorchError.self) { try state.load(saved) }
    #expect(error?.code == .stateMismatch)
    #expect(
      error?.reason == "missing: classifier.bias; unexpected: head.bias; "
        + "classifier.weight is float32 [2, 4] instead of float32 [2, 3]")
    #expect(try state.safetensors() == before)
  }

  @Test func aModuleStaysTrainableAfterLoading() throws {
    let state = try linear()
    try state.load(linear().safetensors())
    for parameter in state.parameters { #expect(try parameter.tensor.requiresGradient) }
  }
}
