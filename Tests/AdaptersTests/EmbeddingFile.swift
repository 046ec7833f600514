// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Tensors

/// A file of vectors as the documentation describes it.
struct EmbeddingFile {
  let items: [String]
  let rows: [[Float]]

  init(_ path: String) throws {
    let file = try Safetensors(Data(contentsOf: URL(filePath: path)))
    let tensor = try file.tensor("embeddings")
    let values = try tensor.values(as: Float.self)
    items = try JSONDecoder().decode([String].self, from: Data((file.metadata["items"] ?? "").utf8))
    rows = (0..<tensor.shape[0]).map { Array(values[$0 * tensor.shape[1]..<($0 + 1) * tensor.shape[1]]) }
  }
}
