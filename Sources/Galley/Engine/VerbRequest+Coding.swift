// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files

/// As JSON: `{"verb": "train", "options": {…}}`.
extension VerbRequest.Work {
  private enum CodingKeys: String, CodingKey { case verb, options }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func options<Options: VerbOptions>() throws -> Options {
      try container.decode(Options.self, forKey: .options)
    }
    self =
      switch try container.decode(EngineVerb.self, forKey: .verb) {
      case .train: .train(try options())
      case .validate: .validate(try options())
      case .test: .test(try options())
      case .predict: .predict(try options())
      case .export: .export(try options())
      case .bench: .bench(try options())
      }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(verb, forKey: .verb)
    try container.encode(options, forKey: .options)
  }
}

/// As JSON: `{"form": "architecture", "name": …, "options": …}`, `{"form": "checkpoint", "path": …}` or
/// `{"form": "file", "file": …, "card": …}`.
extension ModelReference {
  private enum Name: String, Codable { case architecture, checkpoint, file }

  private enum CodingKeys: String, CodingKey { case form, path, file, card }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self =
      switch try container.decode(Name.self, forKey: .form) {
      case .architecture: .architecture(try IngredientChoice(from: decoder))
      case .checkpoint: .checkpoint(try container.decode(String.self, forKey: .path))
      case .file:
        .file(
          try container.decode(ModelFile.self, forKey: .file), try container.decode(ModelCard.self, forKey: .card))
      }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .architecture(let choice):
      try container.encode(Name.architecture, forKey: .form)
      try choice.encode(to: encoder)
    case .checkpoint(let path):
      try container.encode(Name.checkpoint, forKey: .form)
      try container.encode(path, forKey: .path)
    case .file(let file, let card):
      try container.encode(Name.file, forKey: .form)
      try container.encode(file, forKey: .file)
      try container.encode(card, forKey: .card)
    }
  }
}

/// As JSON: one word, `architecture`, `checkpoint` or the file's format.
extension ModelForm {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let word = try container.decode(String.self)
    switch word {
    case "architecture": self = .architecture
    case "checkpoint": self = .checkpoint
    default:
      guard let format = ModelFormat(rawValue: word) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(word)' is no kind of model")
      }
      self = .file(format)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .architecture: try container.encode("architecture")
    case .checkpoint: try container.encode("checkpoint")
    case .file(let format): try container.encode(format.rawValue)
    }
  }
}

/// As JSON: `{"form": "prepared", "path": …, "digest": …}`, or with the form `listing`.
extension DataReference {
  private enum Name: String, Codable { case prepared, listing }

  private enum CodingKeys: String, CodingKey { case form, path, digest }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let path = try container.decode(String.self, forKey: .path)
    let digest = try container.decode(Digest.self, forKey: .digest)
    self =
      switch try container.decode(Name.self, forKey: .form) {
      case .prepared: .prepared(path: path, digest: digest)
      case .listing: .listing(path: path, digest: digest)
      }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .prepared: try container.encode(Name.prepared, forKey: .form)
    case .listing: try container.encode(Name.listing, forKey: .form)
    }
    try container.encode(path, forKey: .path)
    try container.encode(digest, forKey: .digest)
  }
}
