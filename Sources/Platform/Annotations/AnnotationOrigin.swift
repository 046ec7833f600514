// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Who said it. Every annotation has an origin; the first two make it ground truth, the third a prediction.
public enum AnnotationOrigin: Sendable, Hashable {
  /// A person, by a name or an address.
  case person(String)
  /// An import, with what was read: a path, a format.
  case imported(source: String)
  /// A model.
  case model(ModelOrigin)

  /// Whether a model said it.
  public var isPrediction: Bool { if case .model = self { true } else { false } }

  /// The person, the source, or the model's name.
  public var name: String {
    switch self {
    case .person(let name): name
    case .imported(let source): source
    case .model(let model): model.name
    }
  }
}

/// The model that made a prediction, and when.
public struct ModelOrigin: Sendable, Hashable, Codable {
  /// The model's id.
  public var id: String
  /// The model's version: what it was when it predicted.
  public var version: String
  /// The model's name, for people.
  public var name: String
  /// The run that brought the prediction.
  public var run: String

  /// Names a model.
  public init(id: String, version: String, name: String, run: String) {
    self.id = id
    self.version = version
    self.name = name
    self.run = run
  }
}

extension AnnotationOrigin: Codable {
  private enum Key: String, CodingKey { case person, source, model }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch container.allKeys.first {
    case .person? where container.allKeys.count == 1: self = .person(try container.decode(String.self, forKey: .person))
    case .source? where container.allKeys.count == 1:
      self = .imported(source: try container.decode(String.self, forKey: .source))
    case .model? where container.allKeys.count == 1:
      self = .model(try container.decode(ModelOrigin.self, forKey: .model))
    default:
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "an annotation needs one origin: a person, a source, or a model"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .person(let name): try container.encode(name, forKey: .person)
    case .imported(let source): try container.encode(source, forKey: .source)
    case .model(let model): try container.encode(model, forKey: .model)
    }
  }
}

extension AnnotationOrigin {
  /// Refuses an origin that names nobody.
  func check() throws(GalleyError) {
    let words: [(String, String)]
    switch self {
    case .person(let name): words = [("the person's name", name)]
    case .imported(let source): words = [("the import's source", source)]
    case .model(let model):
      words = [("the model's id", model.id), ("the model's version", model.version), ("the run", model.run)]
    }
    for (what, text) in words where text.isEmpty {
      throw GalleyError(
        .badData, "can't keep the annotation", why: "its origin is incomplete: \(what) is empty",
        remedy: "Say who made it: a person, a model with id and version, or an import with its source.")
    }
  }
}
