// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// The one model of an engine, as it travels to a backend: a description, never a live object.
public enum ModelReference: Sendable, Hashable, Codable {
  /// An architecture of a catalogue, to be trained.
  case architecture(IngredientChoice)
  /// A network that Galley trained, at this path; its file says the architecture, the labels and the preprocessing.
  case checkpoint(String)
  /// A model in a file that runtimes execute, with the card that says what its inputs and outputs mean.
  case file(ModelFile, ModelCard)

  /// What kind of model this is: what backends say that they take.
  public var form: ModelForm {
    switch self {
    case .architecture: .architecture
    case .checkpoint: .checkpoint
    case .file(let file, _): .file(file.format)
    }
  }

  /// The model in words for messages.
  public var summary: String {
    switch self {
    case .architecture(let choice): choice.name
    case .checkpoint(let path): path
    case .file(let file, _): file.path
    }
  }
}

/// The kinds of models that backends take.
public enum ModelForm: Sendable, Hashable, Codable, CustomStringConvertible {
  /// A network by name and options.
  case architecture
  /// A checkpoint of Galley's.
  case checkpoint
  /// A model file of this format.
  case file(ModelFormat)

  /// The kind in words: "an ONNX file".
  public var description: String {
    switch self {
    case .architecture: "an architecture by name"
    case .checkpoint: "a checkpoint"
    case .file(.onnx): "an ONNX file"
    case .file(.openvino): "an OpenVINO file"
    case .file(.tflite): "a TensorFlow Lite file"
    case .file(.checkpoint): "a checkpoint"
    }
  }
}

/// The one data set of an engine, as it travels to a backend: read, checked and split, in a file that any language can
/// read.
public enum DataReference: Sendable, Hashable, Codable {
  /// Items of one size with their pixels: a file of PreparedData.
  case prepared(path: String, digest: Digest)
  /// Items in files of their own: a file of ItemListing.
  case listing(path: String, digest: Digest)

  /// Where the file lies.
  public var path: String {
    switch self {
    case .prepared(let path, _), .listing(let path, _): path
    }
  }

  /// SHA-256 of the file, which names the items, their classes and their subsets.
  public var digest: Digest {
    switch self {
    case .prepared(_, let digest), .listing(_, let digest): digest
    }
  }
}
