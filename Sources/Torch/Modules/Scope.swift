// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// A place in a network's tree of names, where a module registers its parameters and buffers.
///
/// `scope["features"]["0"]` is the place `features.0`, as in PyTorch's state dictionaries.
public struct Scope {
  /// The dotted path; empty at the root.
  public let path: String
  /// Where parameters and buffers are registered.
  public let state: ModuleState

  init(path: String, state: ModuleState) {
    self.path = path
    self.state = state
  }

  /// The library that tensors are made with.
  public var library: TorchLibrary { state.library }

  /// The place `name` below this one.
  public subscript(name: String) -> Scope { Scope(path: path(of: name), state: state) }

  /// The parameters and buffers that are registered here and below, in order.
  public var entries: [StateTensor] {
    path.isEmpty ? state.entries : state.entries.filter { $0.name.hasPrefix(path + ".") }
  }

  /// The dotted path of `name` below this place.
  public func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

  /// Makes a float32 tensor that is trained.
  /// - Throws: `TorchError` if the path is taken or memory runs out.
  public func parameter(
    _ name: String, shape: [Int], _ initialization: Initialization
  ) throws(TorchError) -> StateTensor {
    let tensor = try initialization.makeTensor(shape: shape, in: library)
    try tensor.setRequiresGradient(true)
    return try register(name, tensor, .parameter)
  }

  /// Registers a tensor that is saved with the module but not trained.
  /// - Throws: `TorchError` if the path is taken or memory runs out.
  public func buffer(_ name: String, _ values: Tensor) throws(TorchError) -> StateTensor {
    try register(name, try TorchTensor(values, in: library), .buffer)
  }

  private func register(
    _ name: String, _ tensor: TorchTensor, _ role: StateTensor.Role
  ) throws(TorchError) -> StateTensor {
    let entry = StateTensor(name: path(of: name), role: role, tensor: tensor)
    try state.register(entry)
    return entry
  }
}

/// A tensor that belongs to a module, with its path.
public struct StateTensor {
  /// What a module uses the tensor for.
  public enum Role: Sendable, Hashable {
    /// Trained.
    case parameter
    /// Saved but not trained, such as running statistics.
    case buffer
  }

  /// The state-dict name: `features.0.weight`.
  public let name: String
  /// What the tensor is used for.
  public let role: Role
  /// The tensor itself; shared with the module.
  public let tensor: TorchTensor

  /// Whether the tensor is trained at the moment.
  public var requiresGradient: Bool { get throws(TorchError) { try tensor.requiresGradient } }

  /// Chooses the values anew.
  public func initialize(_ initialization: Initialization) throws {
    try tensor.library.withoutGradients { try initialization.fill(tensor) }
  }

  /// Freezes a parameter, or lets it be trained again. A frozen one loses its gradient, so that optimizers pass it over,
  /// and needs no memory in the backward pass.
  public func setRequiresGradient(_ requires: Bool) throws(TorchError) {
    if !requires { try tensor.clearGradient() }
    try tensor.setRequiresGradient(requires)
  }
}
