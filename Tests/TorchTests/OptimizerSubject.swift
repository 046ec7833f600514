// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Torch

/// Parameters whose gradients are those of a step of Fixtures/optimizers.safetensors.
struct OptimizerSubject {
  let state: ModuleState
  let fixture: Safetensors

  init() throws {
    fixture = try Reference.fixture("optimizers.safetensors")
    state = ModuleState(library: try Reference.library)
    _ = try state.root.parameter("weight", shape: [4, 3], .constant(0))
    _ = try state.root.parameter("bias", shape: [4], .constant(0))
    try state.load(fixture.part("start"))
  }

  func backward(_ number: Int) throws {
    for parameter in state.parameters {
      // The gradient of the sum of products with a constant is that constant.
      try (parameter.tensor * fixture.torch("gradient\(number).\(parameter.name)")).sum().backward()
    }
  }

  func step(_ optimizer: any Optimizer, _ number: Int) throws {
    try optimizer.clearGradients()
    try backward(number)
    try optimizer.step()
  }
}
