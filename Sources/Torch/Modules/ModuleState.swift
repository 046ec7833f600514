// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// All parameters and buffers of a network by path, in the order in which its modules were made.
public final class ModuleState {
  /// The library that the tensors belong to.
  public let library: TorchLibrary
  /// Parameters and buffers in order of registration.
  public private(set) var entries: [StateTensor] = []
  private var positions: [String: Int] = [:]

  /// Creates an empty state.
  public init(library: TorchLibrary) { self.library = library }

  /// The place under which a network's outermost module is made.
  public var root: Scope { Scope(path: "", state: self) }

  /// The tensors that are trained.
  public var parameters: [StateTensor] { entries.filter { $0.role == .parameter } }

  /// The tensors that are saved but not trained.
  public var buffers: [StateTensor] { entries.filter { $0.role == .buffer } }

  /// The parameter or buffer at a path.
  public subscript(name: String) -> StateTensor? { positions[name].map { entries[$0] } }

  /// Number of trained values.
  public var parameterCount: Int {
    get throws(TorchError) {
      var count = 0
      for parameter in parameters { count += try parameter.tensor.shape.reduce(1, *) }
      return count
    }
  }

  /// Forgets all gradients.
  public func clearGradients() throws(TorchError) { try parameters.clearGradients() }

  /// Moves all parameters and buffers to a device; gradients are forgotten, and an optimizer's memory stays where it is,
  /// so move before making one.
  /// - Throws: `TorchError` if LibTorch has no such device, or its memory runs out.
  public func move(to device: TorchDevice) throws(TorchError) {
    for entry in entries where try entry.tensor.device != device {
      try entry.tensor.replaceMemory(by: entry.tensor.moved(to: device))
    }
  }

  /// Arranges the kernels of image convolutions; gradients are forgotten. Inputs should be arranged alike.
  public func arrange(_ format: MemoryFormat) throws(TorchError) {
    for parameter in parameters where try parameter.tensor.shape.count == 4 {
      try parameter.tensor.replaceMemory(by: parameter.tensor.arranged(format))
    }
  }

  func register(_ entry: StateTensor) throws(TorchError) {
    guard positions[entry.name] == nil else {
      throw TorchError(
        .duplicateName, "a module can't be made", because: "the path '\(entry.name)' is taken",
        remedy: "give each module a scope of its own")
    }
    positions[entry.name] = entries.count
    entries.append(entry)
  }
}
