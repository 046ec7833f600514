// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A TensorFlow Lite model's file: its graphs, tensors, operators, signatures and metadata.
///
/// The weights' bytes are not kept, only where they lie in the file.
public struct TFLiteFile: Sendable, Hashable {
  /// Version of the schema; 3 for every file of today.
  public var version: Int
  /// What the file's writer says of it, such as `MLIR Converted.`.
  public var description: String
  /// The graphs; the first is the one that runs.
  public var subgraphs: [Subgraph]
  /// The ranges of the file's bytes that hold constants, in the order in which tensors refer to them.
  public var buffers: [Range<Int>]
  /// The named ways to call a graph.
  public var signatures: [Signature]
  /// The contents of the file's metadata by name.
  public var metadata: [String: [UInt8]]
  /// Names and contents of the small files that are appended to the model as a ZIP archive.
  public var attachments: [String: [UInt8]]
  /// What is wrong with the appended archive, if something is.
  public var attachmentProblem: String?

  /// One graph.
  public struct Subgraph: Sendable, Hashable {
    /// The graph's name; may be empty.
    public var name: String
    /// All tensors, in the order in which everything else refers to them.
    public var tensors: [Tensor]
    /// Indices of the tensors that a caller gives.
    public var inputs: [Int]
    /// Indices of the tensors that a caller gets.
    public var outputs: [Int]
    /// The operators in the order in which they run.
    public var operators: [Operator]
  }

  /// One tensor.
  public struct Tensor: Sendable, Hashable {
    /// The tensor's name; may be empty.
    public var name: String
    /// The type of its elements.
    public var elementType: TFLiteElementType
    /// The extents that the file was written with.
    public var shape: [Int]
    /// The extents with `nil` for those that may change.
    public var openShape: [Int?]
    /// Whether the number of dimensions is stated, even if it is 0.
    public var hasRank: Bool
    /// Index of the constant's bytes; 0 if the tensor is no constant.
    public var buffer: Int
    /// Whether the tensor keeps its value from one run to the next.
    public var isVariable: Bool
    /// How whole numbers stand for real ones.
    public var quantization: TFLiteQuantization?
  }

  /// One operator.
  public struct Operator: Sendable, Hashable {
    /// The name of the builtin operator, or that of a custom one.
    public var name: String
    /// The builtin operator's code; 32 for a custom one.
    public var code: Int
    /// Version of the operator's meaning.
    public var version: Int
    /// Indices of the tensors that it reads; `nil` for one that is left out.
    public var inputs: [Int?]
    /// Indices of the tensors that it gives.
    public var outputs: [Int]
    /// Whether a product of matrices (BATCH_MATMUL) transposes its left factor.
    public var transposesLeft = false
  }

  /// A named way to call a graph.
  public struct Signature: Sendable, Hashable {
    /// The signature's name.
    public var key: String
    /// Which graph it calls.
    public var subgraph: Int
    /// The tensors of its arguments by name.
    public var inputs: [String: Int]
    /// The tensors of its results by name.
    public var outputs: [String: Int]
  }

  /// The graph that runs.
  public var main: Subgraph? { subgraphs.first }

  /// The names of all operators of all graphs, each as often as it occurs.
  public var operatorNames: [String] { subgraphs.flatMap { $0.operators.map(\.name) } }

  /// Whether a tensor's value is stored in the file.
  public func isConstant(_ tensor: Tensor) -> Bool {
    tensor.buffer > 0 && buffers.indices.contains(tensor.buffer) && !buffers[tensor.buffer].isEmpty
  }
}

/// How the whole numbers of a tensor stand for real ones: `real = scale * (whole - zeroPoint)`.
public struct TFLiteQuantization: Sendable, Hashable {
  /// One scale for the tensor, or one for each slice along `dimension`.
  public var scales: [Float]
  /// The whole numbers that stand for zero, as many as there are scales.
  public var zeroPoints: [Int]
  /// The dimension along which the scales differ.
  public var dimension: Int

  /// Whether the scales differ along a dimension.
  public var isPerChannel: Bool { scales.count > 1 }
}
