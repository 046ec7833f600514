// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A part of a network: what it computes, with parameters that it got from a ``Scope`` when it was made.
///
/// A module doesn't know its parameters by reflection: whoever makes one gives it a scope, and whatever the module
/// asks the scope for is registered in the scope's ``ModuleState`` under an explicit path, PyTorch's state-dict name.
///
/// ```swift
/// struct Head: Module {
///   let pool: GlobalAveragePool2d
///   let classifier: Linear
///   init(channels: Int, classes: Int, in scope: Scope) throws {
///     pool = GlobalAveragePool2d(in: scope["pool"])
///     classifier = try Linear(channels, classes, in: scope["classifier"])
///   }
///   func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
///     try classifier.forward(pool.forward(input, mode), mode)
///   }
/// }
/// ```
public protocol Module {
  /// Computes the module's output; the same code trains and, with a traced activation, writes the ONNX graph.
  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation
}

extension Module {
  /// Computes the output of a plain tensor.
  public func callAsFunction(_ input: TorchTensor, _ mode: ForwardMode) throws -> TorchTensor {
    try forward(Activation(input), mode).tensor
  }
}

/// Whether a module learns or is used: batch normalisation and dropout differ.
public enum ForwardMode: Sendable, Hashable {
  /// Statistics of the batch, dropout on.
  case training
  /// Running statistics, dropout off.
  case evaluation
}
