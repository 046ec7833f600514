// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Torch

/// An ingredient that is a network which LibTorch can train.
public protocol TorchArchitecture: Ingredient {
  /// Makes the network with fresh parameters under `scope`.
  /// - Parameters:
  ///   - inputShape: The shape of one item without the batch; for images channels × height × width.
  ///   - classes: Number of outputs.
  ///   - scope: Where parameters and buffers are registered.
  /// - Throws: `GalleyError` if the shape doesn't suit the architecture, `TorchError` if LibTorch refuses.
  func makeModule(inputShape: [Int], classes: Int, in scope: Scope) throws -> any Module
}
