// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors
internal import Torch

/// Weights that a training begins with, from a file.
struct InitialWeights {
  let path: String
  let digest: Digest
  let saved: Safetensors

  /// Reads a checkpoint of Galley's or any other safetensors file.
  /// - Throws: `GalleyError` if the file is missing or is something else.
  init(contentsOf path: String) throws(GalleyError) {
    self.path = path
    let bytes: Data
    do {
      bytes = try Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    } catch {
      throw GalleyError(
        .missingInput, "can't read the weights", at: path, why: FileError(.read, path).reason,
        remedy: "Check the path of the weights.")
    }
    do throws(TensorError) {
      saved = try Safetensors(bytes)
    } catch {
      throw GalleyError(
        .badData, "can't use the weights", at: path, why: "\(error)",
        remedy: "Give a checkpoint of Galley's, or a safetensors file with the same parameter names.")
    }
    digest = Digest(of: bytes)
  }

  /// Gives a network these weights. A last layer of another shape, as one for other classes has, begins afresh.
  /// - Throws: `GalleyError` that names whatever else doesn't match; the network is then as it was.
  func load(into state: ModuleState) throws -> InitialWeightsReport {
    let own = try state.safetensors()
    let misshapen = state.entries.map(\.name).filter { name in
      guard let given = saved.tensors[name], let needed = own.tensors[name] else { return false }
      return given.shape != needed.shape && given.elementType == needed.elementType
    }
    let last = Self.lastLayer(of: state.entries.map(\.name))
    // A layer is taken as a whole or not at all.
    let fresh = misshapen.contains(where: last.contains) ? last : []
    try refuseDifferences(state, own, sparing: Set(fresh))
    var merged = own
    for (name, tensor) in saved.tensors where !fresh.contains(name) { merged.tensors[name] = tensor }
    try state.load(merged)
    return InitialWeightsReport(digest: digest, takenCount: own.tensors.count - fresh.count, fresh: fresh)
  }

  /// The parameters and buffers of the module that was made last.
  private static func lastLayer(of names: [String]) -> [String] {
    func module(_ name: String) -> Substring { name[..<(name.lastIndex(of: ".") ?? name.startIndex)] }
    guard let last = names.last else { return [] }
    return names.filter { module($0) == module(last) }
  }

  private func refuseDifferences(_ state: ModuleState, _ own: Safetensors, sparing fresh: Set<String>) throws {
    var compared = saved
    for name in fresh where saved.tensors[name] != nil { compared.tensors[name] = own.tensors[name] }
    let differences = try state.differences(from: compared)
    guard differences.isEmpty else {
      throw GalleyError(
        .badData, "can't begin with these weights", at: path, why: differences.joined(separator: "; "),
        remedy: "Use weights of the same architecture and options; only a last layer of another shape begins afresh.")
    }
  }
}
