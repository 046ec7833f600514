// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

extension ModuleState {
  /// A copy of all parameters and buffers under PyTorch's state-dict names.
  public func safetensors(metadata: [String: String] = [:]) throws(TorchError) -> Safetensors {
    var tensors: [String: Tensor] = [:]
    for entry in entries { tensors[entry.name] = try entry.tensor.toTensor() }
    return Safetensors(tensors: tensors, metadata: metadata)
  }

  /// Takes over saved parameters and buffers; nothing is changed unless all of them fit.
  /// - Throws: `TorchError` that lists what is missing, what is unexpected, and what has another shape or element type.
  public func load(_ saved: Safetensors) throws {
    let differences = try differences(from: saved)
    guard differences.isEmpty else {
      throw TorchError(
        .stateMismatch, "the weights don't belong to this model", because: differences.joined(separator: "; "),
        remedy: "load the weights into the architecture and the options that they were saved from")
    }
    try library.withoutGradients {
      for entry in entries {
        guard let tensor = saved.tensors[entry.name] else { continue }
        try entry.tensor.copy(from: TorchTensor(tensor, in: library))
      }
    }
  }

  /// What keeps `saved` from being loaded, in words; empty if nothing does.
  public func differences(from saved: Safetensors) throws(TorchError) -> [String] {
    var differences: [String] = []
    let missing = entries.map(\.name).filter { saved.tensors[$0] == nil }
    if !missing.isEmpty { differences.append("missing: " + missing.joined(separator: ", ")) }
    let unexpected = saved.tensors.keys.filter { self[$0] == nil }.sorted()
    if !unexpected.isEmpty { differences.append("unexpected: " + unexpected.joined(separator: ", ")) }
    for entry in entries {
      guard let tensor = saved.tensors[entry.name] else { continue }
      let (shape, type) = (try entry.tensor.shape, try entry.tensor.elementType)
      guard tensor.shape != shape || tensor.elementType != type else { continue }
      differences.append(
        "\(entry.name) is \(tensor.elementType) \(tensor.shape) instead of \(type) \(shape)")
    }
    return differences
  }
}
