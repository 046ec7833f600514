// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// What the worker's method `export` is told.
public struct ExportRequest: Sendable, Hashable, Codable {
  /// Items that the trained network is shown, so that the exported model can be held against it.
  public struct Samples: Sendable, Hashable, Codable {
    /// The prepared data.
    public var data: String
    /// The subset that the items come from.
    public var subset: Subset
    /// The most items; the first ones of the subset are used.
    public var limit: Int
    /// Where the network's outputs are written.
    public var output: String

    /// Chooses items.
    public init(data: String, subset: Subset = .validation, limit: Int = 256, output: String) {
      self.data = data
      self.subset = subset
      self.limit = limit
      self.output = output
    }
  }

  /// The checkpoint that `train` wrote.
  public var checkpoint: String
  /// Version of ONNX's operator set: 18 to 21.
  public var opset: Int
  /// Where the model is written.
  public var model: String
  /// The items for a certificate; `nil` if none is wanted.
  public var samples: Samples?

  /// Creates a request.
  public init(checkpoint: String, opset: Int = 18, model: String, samples: Samples? = nil) {
    self.checkpoint = checkpoint
    self.opset = opset
    self.model = model
    self.samples = samples
  }
}

/// What the export gave.
public struct ExportResult: Sendable, Hashable, Codable {
  /// What the trained network says to the samples.
  ///
  /// The file is safetensors with the tensors `input` (float32, items × one input's shape, preprocessed) and `logits`
  /// (float32, items × classes), and in the metadata `format`, `ids` (a JSON list), `subset`, `checkpoint` (SHA-256) and
  /// `libtorch`.
  public struct Reference: Sendable, Hashable, Codable {
    /// Where the file lies.
    public var path: String
    /// SHA-256 of the file.
    public var digest: Digest
    /// The items' ids, in the order of the rows.
    public var ids: [String]
  }

  /// The model's file.
  public var model: ModelFile
  /// The meaning of its input and output; also in the file's metadata, as JSON under `galley.card`.
  public var card: ModelCard
  /// The network's outputs on the samples; `nil` if none were asked for.
  public var reference: Reference?
  /// LibTorch's version.
  public var libTorchVersion: String
}
