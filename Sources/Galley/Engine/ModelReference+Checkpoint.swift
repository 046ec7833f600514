// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Tensors

extension ModelReference {
  /// What a checkpoint says of itself besides its tensors; empty if this is no checkpoint or its file can't be read.
  package var checkpointMetadata: [String: String] {
    guard case .checkpoint(let path) = self,
      let data = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped)
    else { return [:] }
    return (try? Safetensors.metadata(of: data)) ?? [:]
  }

  /// The id of the backend that wrote a checkpoint, if the file says it; one of LibTorch's doesn't.
  package var checkpointBackend: String? { checkpointMetadata["backend"] }
}
